// Reads and shows pictures in the browser as the images adapter of bridgeae does.

import { BILINEAR, BOX, LANCZOS, reduce, resize } from "./resample.js";
import { foreground, objectBox } from "./foreground.js";

const SEARCH_SIDE = 128, MIN_BOX_SHARE = .5, MAX_PIXELS = 1e8;
const VIEW_FILLS = [.4, .5, .6], VIEW_BLUR = .008, BACKGROUND_GREY = 236;

/** The pictures that this browser reads. */
export const suffixes = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"];

/** An adapter with the options of the model's: `read`, `views` and `picture` of samples, Float32Arrays of rows of pixels. */
export function adapter({ size, channels, foreground: cutsOut, flip }) {
  const depth = channels + (cutsOut ? 1 : 0);
  return {
    async read(file) {
      const picture = await decode(file, size), notes = [];
      if (!cutsOut) return { x: square(picture, size, channels), notes };
      const { x, found } = cutOut(picture, size);
      if (!found) notes.push(`${file.name}: no object stands out from a plain background; the picture is used whole.`);
      return { x, notes };
    },
    views(x) {
      const box = cutsOut && objectBox(Float32Array.from({ length: size * size }, (_, k) => x[4 * k + 3]), size, size);
      const made = cutsOut ? VIEW_FILLS.map(fill => blur(centred(x, size, box, fill), size)) : [x];
      return flip ? [...made, ...made.map(view => mirrored(view, size, depth))] : made;
    },
    picture: sample => ({ src: toUrl(sample, size, depth), aspect: 1 }),
  };
}

/** The pixels of a file, upright; a JPEG at the fraction of its size at which Pillow decodes it. */
async function decode(file, size) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image", premultiplyAlpha: "none", colorSpaceConversion: "none" });
  } catch {
    throw new Error(`${file.name} is not a picture that this browser reads. Save it as PNG or JPEG.`);
  }
  const { width, height } = bitmap;
  if (width * height > MAX_PIXELS) throw new Error(`${file.name} has ${width} x ${height} pixels, more than 100 million. Scale it down first.`);
  const paper = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  paper.drawImage(bitmap, 0, 0);
  bitmap.close();
  const picture = { data: paper.getImageData(0, 0, width, height).data, width, height, channels: 4 };
  const head = new Uint8Array(await file.slice(0, 2).arrayBuffer()), jpeg = head[0] === 0xff && head[1] === 0xd8;
  const fraction = Math.min(...[width, height].map(side => Math.floor(side / (2 * Math.max(size, SEARCH_SIDE)))));
  const factor = jpeg ? [8, 4, 2].find(f => fraction >= f) || 1 : 1;
  return factor > 1 ? reduce(picture, factor, factor) : picture;
}

/** The centre square at the sample's size, in [0, 1]; transparent pixels become white. */
function square(picture, size, channels) {
  const plain = onWhite(picture, channels);
  const side = Math.min(picture.width, picture.height), left = (picture.width - side) / 2, top = (picture.height - side) / 2;
  const same = picture.width === size && picture.height === size;
  const made = same ? plain : resize(plain, [left, top, left + side, top + side], size, size, LANCZOS);
  return Float32Array.from(made.data, v => v / 255);
}

/** The picture on white, in colour or grey. */
function onWhite(picture, channels) {
  const n = picture.width * picture.height, data = new Uint8ClampedArray(n * channels), from = picture.data;
  for (let k = 0, at = 0; k < n; k++, at += 4) {
    const a = from[at + 3], over = c => (a === 255 ? from[at + c] : Math.round((from[at + c] * a + 255 * (255 - a)) / 255));
    if (channels === 1) data[k] = (over(0) * 19595 + over(1) * 38470 + over(2) * 7471 + 32768) >> 16;
    else for (let c = 0; c < 3; c++) data[3 * k + c] = over(c);
  }
  return { ...picture, data, channels };
}

/** The object cut out of a plain background: its colours times its mask, and the mask. */
function cutOut(picture, size) {
  let masked = false;
  for (let k = 3; k < picture.data.length && !masked; k += 4) masked = picture.data[k] !== 255;
  if (masked && picture.width === size && picture.height === size) return { x: timesMask(picture.data, 255), found: true };
  const small = thumbnail(picture), { width, height } = small, n = width * height;
  const pixels = Float32Array.from(small.data, v => v / 255);
  const rgb = new Float32Array(3 * n);
  for (let k = 0; k < n; k++) rgb.set(pixels.subarray(4 * k, 4 * k + 3), 3 * k);
  const mask = masked ? Float32Array.from({ length: n }, (_, k) => pixels[4 * k + 3]) : foreground(rgb, width, height);
  if (!mask || !mask.some(m => m > .5)) {
    const whole = square(picture, size, 3), x = new Float32Array(4 * size * size).fill(1);
    for (let k = 0; k < size * size; k++) x.set(whole.subarray(3 * k, 3 * k + 3), 4 * k);
    return { x, found: false };
  }
  for (let k = 0; k < n; k++) pixels[4 * k + 3] = mask[k];
  const box = squareAround(objectBox(mask, width, height), width, height);
  return { x: resizedBox({ data: timesMask(pixels, 1), width, height, channels: 4 }, box, size), found: true };
}

function timesMask(pixels, white) {
  const made = Float32Array.from(pixels, v => v / white);
  for (let k = 0; k < made.length; k += 4) for (let c = 0; c < 3; c++) made[k + c] *= made[k + 3];
  return made;
}

/** A copy whose longer side has at most 128 pixels. */
function thumbnail(picture) {
  const { width, height } = picture;
  if (width <= SEARCH_SIDE && height <= SEARCH_SIDE) return picture;
  const aspect = width / height, nearest = (value, key) => Math.max(1, [Math.floor(value), Math.ceil(value)].sort((a, b) => key(a) - key(b))[0]);
  const [x, y] = aspect <= 1
    ? [nearest(SEARCH_SIDE * aspect, n => Math.abs(aspect - n / SEARCH_SIDE)), SEARCH_SIDE]
    : [SEARCH_SIDE, nearest(SEARCH_SIDE / aspect, n => (n ? Math.abs(aspect - SEARCH_SIDE / n) : 0))];
  const [across, down] = [width / x, height / y].map(ratio => Math.trunc(ratio / 2) || 1);  // the reducing gap of Pillow's thumbnails
  const near = across > 1 || down > 1 ? reduce(picture, across, down) : picture;
  return resize(near, [0, 0, width / across, height / down], x, y, BOX);
}

function squareAround([top, left, bottom, right], width, height) {
  const extent = Math.max(bottom - top, right - left), side = Math.min(extent / MIN_BOX_SHARE, Math.max(Math.min(width, height), extent));
  const corner = (low, high, length) => Math.max(Math.min(0, length - side), Math.min(Math.max(0, length - side), (low + high - side) / 2));
  const x = corner(left, right, width), y = corner(top, bottom, height);
  return [x, y, x + side, y + side];
}

/** A box of a picture, with zeros outside of it, at the sample's size. */
function resizedBox(picture, box, size) {
  const { data, width, height, channels } = picture, margin = Math.trunc(Math.max(0, -Math.min(...box), box[2] - width, box[3] - height)) + 1;
  const wide = width + 2 * margin, padded = new Float32Array(wide * (height + 2 * margin) * channels);
  for (let y = 0; y < height; y++) padded.set(data.subarray(y * width * channels, (y + 1) * width * channels), ((y + margin) * wide + margin) * channels);
  const grown = { data: padded, width: wide, height: height + 2 * margin, channels };
  return resize(grown, box.map(edge => edge + margin), size, size, BILINEAR, false).data.map(v => Math.max(0, Math.min(1, v)));
}

/** The object centred by its box, at a share of the side; as it is where there is no object. */
function centred(x, size, [top, left, bottom, right], fill) {
  if (bottom - top === size && right - left === size) return x;
  const scale = Math.max(bottom - top, right - left) / size / fill, shift = [(left + right) / size - 1, (top + bottom) / size - 1];
  const side = size + 2, half = size / 2, made = new Float32Array(x.length);
  const place = (k, by) => Math.max(0, Math.min(side - 1.001, (scale * ((k + .5) / half - 1) + by) * half + half + .5));
  const pixel = (row, column, c) => (row < 1 || column < 1 || row > size || column > size ? 0 : x[4 * ((row - 1) * size + column - 1) + c]);
  for (let k = 0; k < size * size; k++) {
    const px = place(k % size, shift[0]), py = place(Math.floor(k / size), shift[1]), column = Math.floor(px), row = Math.floor(py), u = px - column, v = py - row;
    for (let c = 0; c < 4; c++) {
      const upper = pixel(row, column, c) * (1 - u) + pixel(row, column + 1, c) * u, lower = pixel(row + 1, column, c) * (1 - u) + pixel(row + 1, column + 1, c) * u;
      made[4 * k + c] = upper * (1 - v) + lower * v;
    }
  }
  return made;
}

/** A Gaussian blur, with the edge repeated outside. */
function blur(x, size) {
  const sigma = VIEW_BLUR * size, radius = Math.trunc(4 * sigma + .5), taps = [];
  for (let k = -radius; k <= radius; k++) taps.push(Math.exp(-.5 * (k / sigma) ** 2));
  const sum = taps.reduce((a, b) => a + b), clamp = k => Math.max(0, Math.min(size - 1, k));
  const pass = (from, index) => {
    const made = new Float32Array(from.length);
    for (let y = 0; y < size; y++) for (let z = 0; z < size; z++) for (let c = 0; c < 4; c++) {
      let value = 0;
      for (let k = -radius; k <= radius; k++) value += taps[k + radius] * from[4 * index(y, z, k, clamp) + c];
      made[4 * (y * size + z) + c] = value / sum;
    }
    return made;
  };
  return pass(pass(x, (y, z, k, clip) => clip(y + k) * size + z), (y, z, k, clip) => y * size + clip(z + k));
}

function mirrored(x, size, depth) {
  const made = new Float32Array(x.length);
  for (let y = 0; y < size; y++) for (let z = 0; z < size; z++) made.set(x.subarray(depth * (y * size + size - 1 - z), depth * (y * size + size - z)), depth * (y * size + z));
  return made;
}

/** A PNG of a sample; a cut-out object is put on light grey. */
function toUrl(sample, size, depth) {
  const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size }), paper = canvas.getContext("2d"), image = paper.createImageData(size, size);
  for (let k = 0; k < size * size; k++) {
    const grey = depth === 4 ? (1 - Math.max(0, Math.min(1, sample[4 * k + 3]))) * BACKGROUND_GREY : 0;
    for (let c = 0; c < 3; c++) image.data[4 * k + c] = 255 * Math.max(0, Math.min(1, sample[depth * k + (depth === 1 ? 0 : c)])) + grey;
    image.data[4 * k + 3] = 255;
  }
  paper.putImageData(image, 0, 0);
  return canvas.toDataURL("image/png");
}
