// Reads the codes of our pages as a phone would: the modules of the drawing, without correcting anything, so that a code that
// is drawn wrong is not read.

const ALNUM = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

/** Data words of each block at level M, by version (ISO/IEC 18004, table 9). */
const BLOCKS = [
  [], [16], [28], [44], [32, 32], [43, 43], [27, 27, 27, 27], [31, 31, 31, 31], [38, 38, 39, 39], [36, 36, 36, 37, 37],
  [43, 43, 43, 43, 44],
];

/** Middles of the alignment patterns, by version. */
const ALIGNED = [[], [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];

const MASKS = [
  (i, j) => (i + j) % 2,
  (i) => i % 2,
  (i, j) => j % 3,
  (i, j) => (i + j) % 3,
  (i, j) => (Math.floor(i / 2) + Math.floor(j / 3)) % 2,
  (i, j) => ((i * j) % 2) + ((i * j) % 3),
  (i, j) => (((i * j) % 2) + ((i * j) % 3)) % 2,
  (i, j) => (((i + j) % 2) + ((i * j) % 3)) % 2,
];

/** The text of a code drawn as squares `M{x} {y}h1v1h-1z` on `size` modules. */
export function readCode(path, size) {
  const dark = new Set([...path.matchAll(/M(\d+) (\d+)h1/g)].map(([, x, y]) => `${y},${x}`));
  const at = (row, column) => (dark.has(`${row},${column}`) ? 1 : 0);
  const version = (size - 17) / 4;
  if (!BLOCKS[version]?.length) throw new Error(`a code of ${size} modules is not read here`);
  const mask = MASKS[((at(8, 2) ^ 1) << 2) | (at(8, 3) << 1) | (at(8, 4) ^ 1)];
  const words = inOrder(wordsOf(size, version, (row, column) => at(row, column) ^ (mask(row, column) === 0 ? 1 : 0)), BLOCKS[version]);
  return textOf(words, version);
}

function isPattern(size, version, row, column) {
  if (row === 6 || column === 6) return true;
  if ((row < 9 && column < 9) || (row < 9 && column >= size - 8) || (row >= size - 8 && column < 9)) return true;
  if (version >= 7 && ((row < 6 && column >= size - 11) || (column < 6 && row >= size - 11))) return true;
  const middles = ALIGNED[version];
  const last = middles.at(-1);
  return middles.some((y) => middles.some((x) => {
    const onFinder = (y === 6 && x === 6) || (y === 6 && x === last) || (y === last && x === 6);
    return !onFinder && Math.abs(row - y) <= 2 && Math.abs(column - x) <= 2;
  }));
}

/** The words in the order they are drawn: pairs of columns from the right, up and down by turns. */
function wordsOf(size, version, bit) {
  const bits = [];
  let up = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const row = up ? size - 1 - step : step;
      for (const column of [right, right - 1]) if (!isPattern(size, version, row, column)) bits.push(bit(row, column));
    }
    up = !up;
  }
  return Array.from({ length: Math.floor(bits.length / 8) }, (_, n) => Number.parseInt(bits.slice(n * 8, n * 8 + 8).join(''), 2));
}

/** Words are dealt to the blocks in turn; the longer blocks get theirs last. */
function inOrder(words, blocks) {
  const dealt = blocks.map(() => []);
  let next = 0;
  for (let place = 0; place < Math.max(...blocks); place += 1) {
    blocks.forEach((length, block) => {
      if (place < length) dealt[block].push(words[next++]);
    });
  }
  return dealt.flat();
}

function textOf(words, version) {
  const bits = words.map((word) => word.toString(2).padStart(8, '0')).join('');
  let place = 0;
  const take = (count) => Number.parseInt(bits.slice(place, (place += count)), 2);
  const long = version > 9;
  const bytes = [];
  const say = (text) => bytes.push(...Buffer.from(text));
  while (place + 4 <= bits.length) {
    const mode = take(4);
    if (mode === 0) break;
    if (mode === 1) {
      for (let left = take(long ? 12 : 10); left > 0; left -= 3) {
        const digits = Math.min(left, 3);
        say(String(take([0, 4, 7, 10][digits])).padStart(digits, '0'));
      }
    } else if (mode === 2) {
      for (let left = take(long ? 11 : 9); left > 0; left -= 2) {
        const pair = left > 1 ? take(11) : take(6);
        say(left > 1 ? ALNUM[Math.floor(pair / 45)] + ALNUM[pair % 45] : ALNUM[pair]);
      }
    } else if (mode === 4) {
      for (let left = take(long ? 16 : 8); left > 0; left -= 1) bytes.push(take(8));
    } else {
      throw new Error(`mode ${mode} is not read here`);
    }
  }
  return Buffer.from(bytes).toString('utf8');
}
