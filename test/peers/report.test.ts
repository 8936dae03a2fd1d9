// The HTML report in a real browser: its charts drawn, light, dark, on a phone and on paper, and nothing asked from anywhere.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { pageAssets } from '../../runtime/output/report/assets.ts'
import { reportPage } from '../../runtime/output/report/report.ts'
import { sampleReport } from '../output/report-sample.ts'
import { needed } from './needed.ts'

/** Runs in the page: how many canvases are there, and how many of them have a pixel that is not empty. */
const DRAWN = `[...document.querySelectorAll('canvas')].map((canvas) =>
  canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((part) => part > 0))`
const PLACES = 'document.querySelectorAll("[data-chart]").length'
const BACK = 'getComputedStyle(document.body).backgroundColor'

describe('the HTML report in Chromium', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'chopsticks-report-'))
  const file = join(folder, 'report.html')
  const url = pathToFileURL(file).href
  let browser: Browser

  before(async () => {
    writeFileSync(file, reportPage(sampleReport(), pageAssets()))
    browser = await chromium.launch({ executablePath: needed('PEERS_CHROMIUM'), args: ['--no-sandbox'] })
  })
  after(async () => {
    await browser.close()
    rmSync(folder, { recursive: true })
  })

  /** Opens it, looks, and holds what the page said and asked for against nothing. */
  async function look(options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext(options)
    try {
      const page = await context.newPage()
      const said: string[] = []
      page.on('console', (message) => { said.push(message.text()) })
      page.on('pageerror', ({ message }) => { said.push(message) })
      page.on('dialog', (dialog) => {
        said.push(`dialog ${dialog.message()}`)
        void dialog.dismiss()
      })
      page.on('request', (request) => { if (request.url() !== url) said.push(`request ${request.url()}`) })
      await page.goto(url)
      await use(page)
      expect(said).to.deep.equal([])
    } finally {
      await context.close()
    }
  }
  const drawn = async (page: Page): Promise<void> => {
    const canvases = await page.evaluate<readonly boolean[]>(DRAWN)
    expect(canvases).to.have.length(await page.evaluate<number>(PLACES)).and.length.above(10)
    expect(canvases).to.not.include(false)
  }

  it('draws every chart, and tells values under the pointer', () => look({ viewport: { width: 1280, height: 900 } }, async (page) => {
    await drawn(page)
    expect(await page.evaluate(BACK)).to.equal('rgb(255, 255, 255)')
    await page.locator('.u-over').first().hover()
    expect(await page.locator('.u-legend').first().innerText()).to.match(/s3\.get:?\s*[\d.]+\/s/)
  }))

  it('is dark where that is preferred, also when it is preferred later', () => look({ colorScheme: 'dark' }, async (page) => {
    await drawn(page)
    const dark = await page.evaluate(BACK)
    expect(dark).to.not.equal('rgb(255, 255, 255)')
    await page.emulateMedia({ colorScheme: 'light' })
    expect(await page.evaluate(BACK)).to.equal('rgb(255, 255, 255)')
    await drawn(page)
  }))

  for (const width of [390, 320]) {
    it(`fits into ${width} pixels`, () => look({ viewport: { width, height: 844 }, deviceScaleFactor: 2, isMobile: true }, async (page) => {
      await drawn(page)
      expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(width)
    }))
  }

  it('draws its charts anew when the window changes', () => look({ viewport: { width: 1280, height: 900 } }, async (page) => {
    await page.setViewportSize({ width: 600, height: 900 })
    await page.waitForFunction('[...document.querySelectorAll("canvas")].every((canvas) => canvas.getBoundingClientRect().right <= 600)')
    await drawn(page)
  }))

  it('prints, white also where the screen is dark', () => look({ colorScheme: 'dark' }, async (page) => {
    const paper = await page.pdf({ format: 'A4' })
    expect(paper.subarray(0, 5).toString()).to.equal('%PDF-')
    expect(paper.length).to.be.above(50_000)
    await page.emulateMedia({ media: 'print' })
    expect(await page.evaluate(BACK)).to.equal('rgb(255, 255, 255)')
  }))

  it('can be read where no script runs', () => look({ javaScriptEnabled: false }, async (page) => {
    expect(await page.locator('h1').innerText()).to.include('failed: 1 of 2 thresholds crossed')
    expect(await page.locator('table').count()).to.be.above(5)
  }))
})
