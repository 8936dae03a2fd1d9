// Chance: Math.random follows from the run's seed, the VU, its scenario and its iteration, so that a rerun makes the same choices.
import { mail, post } from './border.ts'
import { DRAWN, KIND, RANDOM } from './mail.ts'

const chance: { random: () => number } = Math
chance.random = (): number => {
  mail[KIND] = RANDOM
  post()
  return mail[DRAWN]
}
