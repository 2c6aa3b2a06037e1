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
/** So often a picture that stands is encoded again, and sharper; then it stays until the next. */
const SHARPENED = 4;
/** A scene is called faster from here on: below, one does not see it. */
const NOTED_SPEED = 1.15;

export class Film {
  /** @param {{ width: number, height: number }} size of the pages, in pixels */
  constructor(size) {
    this.size = size;
    this.scenes = [];
    this.pictures = new Map();
  }

  get seconds() {
    return this.scenes.reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** From now on pictures of the page are at hand. */
  async watch(page) {
    const session = await page.context().newCDPSession(page);
    const pictures = [];
    this.pictures.set(page, pictures);
    session.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
      const picture = { data, at: metadata.timestamp * 1000 };
      // Between scenes only the newest is kept: with it the next one begins.
      const last = pictures.at(-1);
      if (last && !this.#isFilmed(page, last.at) && !this.#isFilmed(page, picture.at)) pictures.pop();
      pictures.push(picture);
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

  /** A picture may arrive long after it was taken. */
  #isFilmed(page, at) {
    return this.scenes.some((scene) => scene.page === page && scene.begin <= at && at <= scene.end);
  }

  /**
   * `seconds` of the film with these words: all that happens on the page while `action` runs, and the page at rest where that
   * took less. A page is dark until it has a picture.
   */
  async scene(page, seconds, words, action) {
    const scene = { page, seconds, words, begin: Date.now(), end: Number.POSITIVE_INFINITY };
    this.scenes.push(scene);
    await action();
    const rest = seconds * 1000 - (Date.now() - scene.begin);
    if (rest > 0) await page.waitForTimeout(rest);
    scene.end = Date.now();
    console.log(`${words}\n  ${seconds} s, ${speedOf(scene).toFixed(1)} times as fast`);
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
    for (const scene of this.scenes) {
      const { page, seconds, words, begin } = scene;
      const pictures = this.pictures.get(page).toSorted((one, other) => one.at - other.at);
      const speed = speedOf(scene);
      const line = {
        height: LINE,
        words,
        note: speed > NOTED_SPEED ? `${Math.round(speed * 10) / 10} times as fast` : '',
      };
      let shown = null;
      let still = 0;
      for (let i = 0; i < seconds * FRAMES_PER_SECOND; i++) {
        const until = begin + (i / FRAMES_PER_SECOND) * 1000 * speed;
        const picture = pictures.findLast(({ at }) => at <= until) ?? null;
        const isKey = ms % (KEY_FRAME_SECONDS * 1000) === 0;
        if (picture !== shown || i === 0) still = 0;
        if (still++ <= SHARPENED || isKey)
          await studio.evaluate(encodeFrame, {
            data: picture === shown ? null : picture?.data,
            line,
            ms,
            isKey,
          });
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

function speedOf({ begin, end, seconds }) {
  return (end - begin) / 1000 / seconds;
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
