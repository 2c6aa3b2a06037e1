/**
 * @file Films scenes of real pages and cuts them to a given length: what takes longer than its place in the film is shown as
 * much faster as it must be, and says so in the line of words under the picture.
 */
import { webm } from './webm.mjs';

const FRAMES_PER_SECOND = 10;
const KEY_FRAME_SECONDS = 5;
const BITS_PER_SECOND = 500_000;
/** Height of the line of words, in pixels. */
const LINE = 64;
/** A scene is called faster from here on: below, one does not see it. */
const NOTED_SPEED = 1.15;

export class Film {
  /** @param {{ width: number, height: number }} size of the pages, in pixels */
  constructor(size) {
    this.size = size;
    this.scenes = [];
    this.views = new Map();
  }

  get seconds() {
    return this.scenes.reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** From now on the newest picture of the page is at hand. */
  async watch(page) {
    const session = await page.context().newCDPSession(page);
    const view = { pictures: [], isFilmed: false };
    this.views.set(page, view);
    session.on('Page.screencastFrame', ({ data, sessionId }) => {
      if (!view.isFilmed) view.pictures.length = 0;
      view.pictures.push({ data, at: performance.now() });
      // The next one is sent once this one is acknowledged: more a second are not shown.
      setTimeout(
        () => session.send('Page.screencastFrameAck', { sessionId }).catch(() => {}),
        1000 / FRAMES_PER_SECOND,
      );
    });
    await session.send('Page.startScreencast', {
      format: 'jpeg',
      quality: 85,
      maxWidth: this.size.width,
      maxHeight: this.size.height,
    });
  }

  /**
   * `seconds` of the film with these words: all that happens on the page while `action` runs, and the page at rest where that
   * took less. A page that is not watched yet is dark until it has a picture.
   */
  async scene(page, seconds, words, action) {
    const view = this.views.get(page);
    const begin = performance.now();
    view.isFilmed = true;
    await action();
    const rest = seconds * 1000 - (performance.now() - begin);
    if (rest > 0) await page.waitForTimeout(rest);
    const speed = (performance.now() - begin) / 1000 / seconds;
    this.scenes.push({ seconds, words, begin, speed, pictures: [...view.pictures] });
    view.isFilmed = false;
    view.pictures.splice(0, view.pictures.length - 1);
    console.log(`${words}\n  ${seconds} s, ${speed.toFixed(1)} times as fast`);
  }

  /** The film, encoded by the browser. @returns {Promise<Buffer>} a WebM file */
  async encode(context) {
    const { width, height } = this.size;
    const studio = await context.newPage();
    // Browsers encode in secure contexts only; nothing is fetched.
    await studio.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<canvas>' }));
    await studio.goto('http://localhost/');
    const format = { codec: 'vp09.00.40.08', width, height: height + LINE, bitrate: BITS_PER_SECOND };
    await studio.evaluate(openEncoder, { ...format, framerate: FRAMES_PER_SECOND });
    let ms = 0;
    for (const { seconds, words, begin, speed, pictures } of this.scenes) {
      const line = {
        height: LINE,
        words,
        note: speed > NOTED_SPEED ? `${Math.round(speed * 10) / 10} times as fast` : '',
      };
      let shown = null;
      for (let i = 0; i < seconds * FRAMES_PER_SECOND; i++) {
        const until = begin + (i / FRAMES_PER_SECOND) * 1000 * speed;
        const picture = pictures.findLast(({ at }) => at <= until) ?? null;
        const isKey = ms % (KEY_FRAME_SECONDS * 1000) === 0;
        const changed = picture === shown ? undefined : picture?.data;
        await studio.evaluate(encodeFrame, { data: changed, line, ms, isKey });
        shown = picture;
        ms += 1000 / FRAMES_PER_SECOND;
      }
    }
    const frames = await studio.evaluate(closeEncoder);
    await studio.close();
    return webm({
      width,
      height: height + LINE,
      seconds: this.seconds,
      frames: frames.map(({ ms: at, key, data }) => ({ ms: at, key, data: Buffer.from(data, 'base64') })),
    });
  }
}

/** Runs in the browser: a canvas, and an encoder that keeps what it made. */
function openEncoder(format) {
  const canvas = document.querySelector('canvas');
  Object.assign(canvas, { width: format.width, height: format.height });
  const context = canvas.getContext('2d');
  context.fillRect(0, 0, format.width, format.height);
  const chunks = [];
  const encoder = new VideoEncoder({
    output: (chunk) => chunks.push(chunk),
    error(error) {
      throw error;
    },
  });
  encoder.configure({ ...format, latencyMode: 'quality' });
  globalThis.studio = { canvas, context, chunks, encoder };
}

/** Runs in the browser: the picture, where there is a new one, and the words under it. */
async function encodeFrame({ data, line, ms, isKey }) {
  const { canvas, context, encoder } = globalThis.studio;
  const { height, words, note } = line;
  if (data) {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
  }
  const top = canvas.height - height;
  context.fillStyle = '#14181f';
  context.fillRect(0, top, canvas.width, height);
  context.textBaseline = 'middle';
  context.fillStyle = '#fff';
  context.font = '600 21px system-ui, sans-serif';
  context.textAlign = 'left';
  context.fillText(words, 24, top + height / 2, canvas.width - 48 - (note ? 190 : 0));
  context.fillStyle = '#9fb3c8';
  context.font = '400 18px system-ui, sans-serif';
  context.textAlign = 'right';
  context.fillText(note, canvas.width - 24, top + height / 2);
  const frame = new VideoFrame(canvas, { timestamp: ms * 1000 });
  encoder.encode(frame, { keyFrame: isKey });
  frame.close();
  while (encoder.encodeQueueSize > 2) await new Promise((passed) => setTimeout(passed, 5));
}

/** Runs in the browser. */
async function closeEncoder() {
  const { chunks, encoder } = globalThis.studio;
  await encoder.flush();
  encoder.close();
  return chunks.map((chunk) => {
    const bytes = new Uint8Array(chunk.byteLength);
    chunk.copyTo(bytes);
    let text = '';
    for (let at = 0; at < bytes.length; at += 8192)
      text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return { ms: Math.round(chunk.timestamp / 1000), key: chunk.type === 'key', data: btoa(text) };
  });
}
