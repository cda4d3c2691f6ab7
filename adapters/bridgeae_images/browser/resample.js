// Resizes pictures as Pillow does: separable filters whose support grows with the reduction.

const sinc = x => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

export const BOX = { support: .5, weight: x => (x > -.5 && x <= .5 ? 1 : 0) };
export const BILINEAR = { support: 1, weight: x => Math.max(0, 1 - Math.abs(x)) };
export const LANCZOS = { support: 3, weight: x => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) };

/** For each output pixel the first input pixel and the weights of those that follow. */
function weights(length, from, to, size, filter) {
  const scale = (to - from) / size, wide = Math.max(scale, 1), support = filter.support * wide;
  return Array.from({ length: size }, (_, k) => {
    const centre = from + (k + .5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + .5)), last = Math.min(length, Math.trunc(centre + support + .5));
    const row = Array.from({ length: last - first }, (_, n) => filter.weight((n + first - centre + .5) / wide));
    const sum = row.reduce((a, b) => a + b, 0);
    return [first, row.map(w => w / sum)];
  });
}

const as8Bits = v => Math.max(0, Math.min(255, Math.floor(v + .5)));
const asIs = v => v;

/**
 * The box [left, top, right, bottom] of a picture {data, width, height, channels} at another size.
 * With `bytes`, values are rounded to 8 bits after each direction.
 */
export function resize(picture, box, width, height, filter, bytes = true) {
  const { data, channels } = picture, round = bytes ? as8Bits : asIs;
  const across = weights(picture.width, box[0], box[2], width, filter), down = weights(picture.height, box[1], box[3], height, filter);
  const first = down[0][0], last = down[height - 1][0] + down[height - 1][1].length;
  const middle = new Float32Array((last - first) * width * channels), made = new Float32Array(width * height * channels);
  for (let y = first; y < last; y++) {
    for (let x = 0; x < width; x++) {
      const [start, row] = across[x];
      for (let c = 0; c < channels; c++) {
        let sum = 0, at = (y * picture.width + start) * channels + c;
        for (let k = 0; k < row.length; k++, at += channels) sum += row[k] * data[at];
        middle[((y - first) * width + x) * channels + c] = round(sum);
      }
    }
  }
  const step = width * channels;
  for (let y = 0; y < height; y++) {
    const [start, column] = down[y];
    for (let x = 0; x < step; x++) {
      let sum = 0, at = (start - first) * step + x;
      for (let k = 0; k < column.length; k++, at += step) sum += column[k] * middle[at];
      made[y * step + x] = round(sum);
    }
  }
  return { data: made, width, height, channels };
}

/** An RGBA picture whose pixels are the means of blocks of pixels, as Pillow's `reduce` makes them; the last may be smaller. */
export function reduce({ data, width, height }, across, down) {
  const wide = Math.ceil(width / across), tall = Math.ceil(height / down);
  const made = new Uint8ClampedArray(4 * wide * tall), sums = new Uint32Array(4 * wide);
  for (let y = 0; y < tall; y++) {
    sums.fill(0);
    const last = Math.min(height, (y + 1) * down);
    for (let line = y * down; line < last; line++) {
      let at = 4 * line * width;
      for (let x = 0; x < wide; x++) {
        const end = at + 4 * Math.min(across, width - x * across);
        let r = 0, g = 0, b = 0, a = 0;
        for (; at < end; at += 4) { r += data[at]; g += data[at + 1]; b += data[at + 2]; a += data[at + 3]; }
        sums[4 * x] += r; sums[4 * x + 1] += g; sums[4 * x + 2] += b; sums[4 * x + 3] += a;
      }
    }
    for (let k = 0; k < 4 * wide; k++) {
      const count = (last - y * down) * Math.min(across, width - (k >> 2) * across);
      made[4 * y * wide + k] = Math.floor(sums[k] / count + .5);
    }
  }
  return { data: made, width: wide, height: tall, channels: 4 };
}
