// Finds the object in front of a plain background, and the box around it, as bridgeae_images.foreground does.

const MIN_EXPLAINED_VARIANCE = .75, MIN_GAP = .05, MIN_AREA = .002, MAX_AREA = .8, BINS = 128;

/** The soft mask of the object in RGB pixels in [0, 1], or null where none stands out. */
export function foreground(rgb, width, height) {
  const n = width * height, chroma = logChroma(rgb, width, height), colour = borderColour(chroma, width, height);
  let xx = 0, xy = 0, yy = 0;
  for (let k = 0; k < n; k++) {
    const a = chroma[2 * k] -= colour[0], b = chroma[2 * k + 1] -= colour[1];
    xx += a * a; xy += a * b; yy += b * b;
  }
  const angle = .5 * Math.atan2(2 * xy, xx - yy), [u, v] = [Math.cos(angle), Math.sin(angle)];  // of most variance
  const score = new Float32Array(n);
  let skew = 0;
  for (let k = 0; k < n; k++) { score[k] = u * chroma[2 * k] + v * chroma[2 * k + 1]; skew += score[k] ** 3; }
  if (skew < 0) for (let k = 0; k < n; k++) score[k] = -score[k];
  const { threshold, explained, gap } = otsu(score), core = largest(score.map(s => (s > threshold ? 1 : 0)), width, height);
  const area = core.reduce((a, b) => a + b, 0) / n;
  if (explained < MIN_EXPLAINED_VARIANCE || gap < MIN_GAP || area <= MIN_AREA || area >= MAX_AREA) return null;
  const grown = dilated(core, width, height);
  return score.map((s, k) => (grown[k] ? Math.max(0, Math.min(1, (s - threshold) / (.5 * gap) + .5)) : 0));
}

/** The box [top, left, bottom, right] of the object without its limb; the whole picture where the mask is empty or full. */
export function objectBox(mask, width, height) {
  const solid = Uint8Array.from(mask, m => (m > .5 ? 1 : 0)), area = solid.reduce((a, b) => a + b, 0);
  if (!area || area === solid.length) return [0, 0, height, width];
  const limb = limbOf(solid, squaredDepth(solid, width, height), width, height);
  let box = [height, width, 0, 0];
  for (let k = 0; k < solid.length; k++) {
    if (!solid[k] || limb[k]) continue;
    const y = Math.floor(k / width), x = k % width;
    box = [Math.min(box[0], y), Math.min(box[1], x), Math.max(box[2], y + 1), Math.max(box[3], x + 1)];
  }
  return box;
}

function logChroma(rgb, width, height) {
  const chroma = new Float32Array(2 * width * height), smooth = new Float32Array(rgb.length);
  for (let y = 0; y < height; y++) {  // the mean of three rows, then of three columns; the edge is repeated
    const [above, here, below] = [Math.max(0, y - 1), y, Math.min(height - 1, y + 1)].map(row => 3 * row * width);
    for (let k = 0; k < 3 * width; k++) smooth[here + k] = (rgb[above + k] + rgb[here + k] + rgb[below + k]) / 3;
  }
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k += 2) {
      const row = 3 * y * width, left = row + 3 * Math.max(0, x - 1), here = row + 3 * x, right = row + 3 * Math.min(width - 1, x + 1);
      const log = c => Math.log((smooth[left + c] + smooth[here + c] + smooth[right + c]) / 3 + .02), r = log(0), b = log(2);
      chroma[k] = r - b; chroma[k + 1] = log(1) - .5 * (r + b);
    }
  }
  return chroma;
}

function quantile(values, q) {
  const sorted = Float64Array.from(values).sort(), at = q * (sorted.length - 1), low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}
const medians = points => [0, 1].map(c => quantile(points.map(p => p[c]), .5));

function borderColour(chroma, width, height) {
  const edge = Math.max(1, Math.floor(height / 16)), border = [], at = (y, x) => [chroma[2 * (y * width + x)], chroma[2 * (y * width + x) + 1]];
  for (let y = 0; y < edge; y++) for (let x = 0; x < width; x++) border.push(at(y, x));
  for (let y = 0; y < height; y++) for (let x = 0; x < edge; x++) border.push(at(y, x), at(y, Math.max(0, width - edge) + x));
  let colour = medians(border);
  for (let round = 0; round < 3; round++) {
    const far = border.map(p => Math.abs(p[0] - colour[0]) + Math.abs(p[1] - colour[1])), most = quantile(far, .6);
    colour = medians(border.filter((_, k) => far[k] <= most));
  }
  return colour;
}

function otsu(score) {
  const low = quantile(score, .001), high = quantile(score, .999), width = (high - low) / BINS || 1e-12;
  const count = new Float64Array(BINS);
  for (const s of score) count[Math.min(BINS - 1, Math.floor((Math.max(low, Math.min(high, s)) - low) / width))]++;
  const middle = [...count.keys()].map(k => low + (k + .5) * width), total = score.length;
  const mean = count.reduce((sum, c, k) => sum + c * middle[k], 0) / total;
  const variance = count.reduce((sum, c, k) => sum + c * (middle[k] - mean) ** 2, 0) / total;
  let weight = 0, moment = 0, best = { between: -1 };
  for (let k = 0; k < BINS; k++) {
    weight += count[k] / total; moment += count[k] * middle[k] / total;
    const share = weight * (1 - weight), between = share > 1e-12 ? (mean * weight - moment) ** 2 / share : 0;
    if (between > best.between) best = { between, share, k };
  }
  const gap = Math.sqrt(best.between / Math.max(best.share, 1e-12));
  return { threshold: low + (best.k + 1) * width, explained: best.between / Math.max(variance, 1e-12), gap };
}

/** Numbers of the 4-connected parts of a mask, from 1 in reading order. */
function label(mask, width, height) {
  const part = new Int32Array(mask.length), stack = [];
  let count = 0;
  for (let seed = 0; seed < mask.length; seed++) {
    if (!mask[seed] || part[seed]) continue;
    part[seed] = ++count; stack.push(seed);
    while (stack.length) {
      const k = stack.pop(), x = k % width;
      for (const next of [x > 0 ? k - 1 : -1, x < width - 1 ? k + 1 : -1, k - width, k + width]) {
        if (next >= 0 && next < mask.length && mask[next] && !part[next]) { part[next] = count; stack.push(next); }
      }
    }
  }
  return { part, count };
}

function mostCommon(numbers, count) {
  const sizes = new Int32Array(count + 1);
  for (const k of numbers) sizes[k]++;
  let best = 1;
  for (let k = 2; k <= count; k++) if (sizes[k] > sizes[best]) best = k;
  return [best, count ? sizes[best] : 0];
}

function largest(mask, width, height) {
  const { part, count } = label(mask, width, height), [best] = mostCommon(part, count);
  return Uint8Array.from(part, k => (count && k === best ? 1 : 0));
}

function dilated(mask, width, height) {
  return mask.map((m, k) => {
    const x = k % width;
    return m || (x > 0 && mask[k - 1]) || (x < width - 1 && mask[k + 1]) || mask[k - width] || mask[k + width] ? 1 : 0;
  });
}

/** Squared distance of each pixel of the object from the nearest pixel that is none, beyond the border too. */
function squaredDepth(solid, width, height) {
  const column = new Float64Array(solid.length), depth = new Float64Array(solid.length);
  for (let x = 0; x < width; x++) {
    for (let y = 0, run = 0; y < height; y++) { run = solid[y * width + x] ? run + 1 : 0; column[y * width + x] = run; }
    for (let y = height - 1, run = 0; y >= 0; y--) { run = solid[y * width + x] ? run + 1 : 0; column[y * width + x] = Math.min(run, column[y * width + x]); }
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!solid[y * width + x]) continue;
      const row = y * width, height2 = other => column[row + other] * column[row + other];
      let least = Math.min(height2(x), Math.min(x + 1, width - x) ** 2);
      for (let far = 1; far * far < least; far++) {  // no column beyond can be nearer
        if (x >= far) least = Math.min(least, far * far + height2(x - far));
        if (x + far < width) least = Math.min(least, far * far + height2(x + far));
      }
      depth[row + x] = least;
    }
  }
  return depth;
}

function limbOf(solid, depth, width, height) {
  const middle = depth.indexOf(Math.max(...depth)), top = Math.floor(middle / width), left = middle % width, radius = Math.sqrt(depth[middle]);
  const outside = solid.map((s, k) => (s && (Math.floor(k / width) - top) ** 2 + (k % width - left) ** 2 > (1.2 * radius) ** 2 ? 1 : 0));
  const { part, count } = label(outside, width, height), rim = [];
  for (let x = 0; x < width; x++) rim.push(part[x], part[(height - 1) * width + x]);
  for (let y = 1; y < height - 1; y++) rim.push(part[y * width], part[y * width + width - 1]);
  const [best, contact] = mostCommon(rim, count);
  return part.map(k => (count && contact >= radius && k === best ? 1 : 0));
}
