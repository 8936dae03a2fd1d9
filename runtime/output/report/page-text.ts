// The page as HTML: everything that is text stands in it as such, so that it can be read and printed without its script.
import { createHash } from 'node:crypto'
import type { Chart, Part, ReportModel, ReportTable, Section } from './model.ts'
import { html, Markup, scriptJson } from './markup.ts'

/** What is the same in every page: its script, with the chart library in it, and its style. */
export interface PageAssets { readonly script: string; readonly style: string }

/** Browsers run no other script and fetch nothing. The chart library styles what it makes by script, which needs no leave. */
function policyOf({ script, style }: PageAssets): string {
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  return `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`
}

/** Texts longer than this are broken into lines, but not into many short ones. */
const LONG = 24

/** Charts are numbered as they stand in the page. */
class Charts {
  readonly all: Chart[] = []
  add(chart: Chart): number { return this.all.push(chart) - 1 }
}

export function pageOf(model: ReportModel, assets: PageAssets): string {
  const charts = new Charts()
  const { title, passed, verdict, reasons, notes, facts, sections } = model
  const body = html`<header class="${passed ? 'passed' : 'failed'}">
<h1><span class="mark">${passed ? '✓' : '✗'}</span> ${title} <strong>${verdict}</strong></h1>
${list('reasons', reasons)}${list('notes', notes)}
<dl>${facts.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</header>
<main>
${sections.map((section) => sectionOf(section, charts))}
</main>
`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(assets)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${passed ? '✓' : '✗'} ${title} – chopsticks</title>
<style>${new Markup(assets.style)}</style>
</head>
<body>
${body}<noscript>The charts are drawn by a script; all else is here.</noscript>
<script type="application/json" id="charts">${scriptJson(charts.all)}</script>
<script>${new Markup(assets.script)}</script>
</body>
</html>
`.text
}

const list = (name: string, texts: readonly string[]): Markup | undefined =>
  texts.length === 0 ? undefined : html`<ul class="${name}">${texts.map((text) => html`<li>${text}</li>`)}</ul>`

function sectionOf({ title, parts }: Section, charts: Charts): Markup {
  const pieces: Markup[] = []
  // Charts that follow each other stand side by side where there is room.
  let group: Markup[] = []
  const close = (): void => {
    if (group.length > 0) pieces.push(html`<div class="charts">${group}</div>\n`)
    group = []
  }
  for (const part of parts) {
    if (part.kind === 'chart') group.push(partOf(part, charts))
    else {
      close()
      pieces.push(partOf(part, charts))
    }
  }
  close()
  return html`<section>\n<h2>${title}</h2>\n${pieces}</section>\n`
}

function partOf(part: Part, charts: Charts): Markup {
  switch (part.kind) {
    case 'table': return tableOf(part)
    case 'text': return html`<p>${part.text}</p>\n`
    case 'folded': return folded(part.title, part.text)
    case 'data': return folded(part.title, JSON.stringify(part.value, null, 2))
    case 'chart': return html`<figure><figcaption><b>${part.title}</b>${
      part.note === undefined ? undefined : html` <span>${part.note}</span>`}</figcaption>
<div class="plot" role="img" aria-label="${part.title}" data-chart="${charts.add(part.chart)}"></div></figure>\n`
    default: return part satisfies never
  }
}

const folded = (title: string, text: string): Markup =>
  html`<details><summary>${title}</summary><pre tabindex="0">${text}</pre></details>\n`

function tableOf({ title, columns, rows }: ReportTable): Markup {
  const judged = rows.some(({ ok }) => ok !== undefined)
  const side = (at: number): string => columns[at]?.align ?? 'left'
  const mark = (ok: boolean | undefined): Markup => html`<td class="mark">${ok === undefined ? '' : ok ? '✓' : '✗'}</td>`
  return html`<div class="table" tabindex="0"><table>
${title === undefined ? undefined : html`<caption>${title}</caption>\n`}<thead><tr>${judged ? html`<th></th>` : undefined}${
    columns.map(({ head, align }) => html`<th scope="col" class="${align}">${head}</th>`)}</tr></thead>
<tbody>${rows.map(({ cells, ok }) => html`
<tr${ok === undefined ? undefined : html` class="${ok ? 'ok' : 'bad'}"`}>${judged ? mark(ok) : undefined}${
  cells.map((cell, at) => html`<td class="${side(at)}${cell.length > LONG ? ' long' : ''}">${cell}</td>`)}</tr>`)}
</tbody></table></div>
`
}
