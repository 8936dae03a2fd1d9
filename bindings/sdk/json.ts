// The values that cross the border between a sandbox and the host: JSON, and nothing else.

/** Anything JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
/** A JSON object; a key may be absent. */
export interface JsonObject { readonly [key: string]: Json | undefined }

/** True for a plain JSON object (not null, not an array). */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
