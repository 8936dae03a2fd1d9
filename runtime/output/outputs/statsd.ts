// `-o statsd=HOST:PORT`: each second by UDP.
import { UdpLines } from '../delivery/udp.ts'
import { statsdLines } from '../formats/statsd.ts'
import { mergedSeries } from '../../metrics/timeline.ts'
import { addressOf } from './address.ts'
import type { Output, OutputParts } from './output.ts'
import { checkSettings, choiceOf } from './settings.ts'

/** Without an arg `localhost:8125`; `tags=off` for daemons that know none: then all series of a metric are one. */
export function statsdOutput(parts: OutputParts): Output {
  checkSettings(parts.settings, ['tags'])
  const withTags = choiceOf(parts.settings, 'tags', ['on', 'off']) === 'on'
  const { host, port } = addressOf(parts.arg === '' ? 'localhost:8125' : parts.arg, 'localhost')
  const socket = new UdpLines(host, port, parts.warn)
  return {
    second({ window: { series } }) {
      const told = withTags ? series : mergedSeries([series.map((one) => ({ ...one, tags: {} }))])
      socket.send(statsdLines(told, parts.plan.runId, withTags))
    },
    async end() {
      await socket.close()
      const { delivered, lost, reason } = socket
      return { name: parts.name, to: 'receiver', unit: 'packets', delivered, lost, ...(reason === undefined ? {} : { reason }) }
    },
  }
}
