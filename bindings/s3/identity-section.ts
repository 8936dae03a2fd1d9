// A target's section with the keys of one of its users in place of its own.
import { isJsonObject, type Json, type JsonObject } from '../sdk/index.ts'

/** The section as it is for one of `identities`: nobody, where that is `anonymous`. The bucket is the target's to make. */
export function sectionOf(section: JsonObject, identity: Json): JsonObject {
  const { access_key: _access, secret_key: _secret, session_token: _token, anonymous: _nobody, create_bucket: _make, ...rest } = section
  return { ...rest, ...isJsonObject(identity) ? identity : {} }
}
