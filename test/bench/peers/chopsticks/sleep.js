// Idle VUs.
import { sleep } from 'chopsticks'

export function setup() { console.log(`SETUP ${Date.now()}`) }
export default async function () { await sleep(1) }
