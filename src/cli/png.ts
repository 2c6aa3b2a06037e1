/** @file SVG to PNG by the browser that the tests and screenshots use, too: no image library of our own. */
import { findBrowser } from '../../scripts/browser.mjs';
import { CodedError } from '../errors';

/** PNG bytes of SVG documents, at twice their size. @throws CodedError `figures.no_browser`. */
export async function svgToPng(documents: readonly string[]): Promise<Uint8Array[]> {
  const executablePath = findBrowser();
  if (!executablePath)
    throw new CodedError(
      'figures.no_browser',
      'PNG files need Chrome or Chromium, and none was found.',
      'Run `npm run prepare-machine`, set CHROMIUM_PATH, or use the SVG files.',
    );
  const { chromium } = await import('playwright-core');
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage({ deviceScaleFactor: 2, javaScriptEnabled: false });
    const images: Uint8Array[] = [];
    for (const svg of documents) {
      await page.setContent(`<body style="margin:0">${svg}</body>`);
      images.push(await page.locator('svg').screenshot());
    }
    return images;
  } finally {
    await browser.close();
  }
}
