// @ts-check
/**
 * Ratings of votes: the twin of `stack/evaluation/elo.py` and `bradley_terry.py`.
 *
 * @typedef {readonly [first: number, second: number, score: number]} Game the first's score: 1, 0.5 or 0
 * @typedef {{ ratings: number[], errors: number[], pull: number | null }} Fit `pull`: log odds for a standard deviation
 *   more of length; null where the votes alone are fitted
 * @typedef {readonly (readonly [column: number, value: number])[]} Entries what is not nought in a game's row
 */
const K = 4;
const SCALE = 400;
const START = 1000;
const POINTS = SCALE / Math.LN10;
const ROUNDS = 100;
const DRAWS = 200;
/** The penalty on the coefficient of the length. */
const STYLE_RIDGE = 0.5;

const sigmoid = (/** @type {number} */ x) => 1 / (1 + Math.exp(-x));

/** @param {readonly Game[]} games @param {number} players */
export function elo(games, players) {
  const ratings = Array(players).fill(START);
  for (const [first, second, score] of games) {
    const change = K * (score - 1 / (1 + 10 ** ((ratings[second] - ratings[first]) / SCALE)));
    ratings[first] += change;
    ratings[second] -= change;
  }
  return ratings;
}

/**
 * The likeliest strengths under a ridge, by Newton's steps, and the sandwich's standard errors; at equal length where
 * lengths are given.
 * @param {readonly Game[]} games
 * @param {number} players
 * @param {number} ridge
 * @param {readonly number[]} [lengths] of each game, as `style` makes it
 * @returns {Fit}
 */
export function bradleyTerry(games, players, ridge, lengths) {
  const penalty = [...Array(players).fill(ridge), ...(lengths ? [STYLE_RIDGE] : [])];
  const rows = games.map(([a, b], at) => entries(a, b, lengths && [players, lengths[at]]));
  const scores = games.map(([, , score]) => score);
  let theta = penalty.map(() => 0);
  for (let round = 0; round < ROUNDS; round++) {
    const { slope, curvature } = parts(rows, scores, theta, penalty);
    const step = inverse(curvature).map((row) => dot(row, slope));
    const longest = Math.max(...step.map(Math.abs));
    theta = theta.map((each, at) => each + step[at] / Math.max(1, longest / 2));
    if (longest < 1e-12) break;
  }
  const { curvature, spread } = parts(rows, scores, theta, penalty);
  const back = inverse(curvature).slice(0, players);
  const errors = back.map((row) =>
    Math.sqrt(row.reduce((sum, a, i) => sum + row.reduce((part, b, j) => part + a * spread[i][j] * b, 0), 0)),
  );
  return {
    ratings: theta.slice(0, players).map((each) => START + POINTS * each),
    errors: errors.map((each) => POINTS * each),
    pull: lengths ? theta[players] : null,
  };
}

/**
 * (a − b) / (a + b + 1) of both answers' lengths, standardised over the games.
 * @param {readonly (readonly [first: number, second: number])[]} lengths
 */
export function style(lengths) {
  const raw = lengths.map(([a, b]) => (a - b) / (a + b + 1));
  const mean = raw.reduce((sum, each) => sum + each, 0) / raw.length;
  const variance = raw.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (raw.length - 1);
  const spread = variance > 0 ? Math.sqrt(variance) : 1;
  return raw.map((each) => (each - mean) / spread);
}

/** @param {number} a @param {number} b @param {readonly [number, number] | undefined} more @returns {Entries} */
const entries = (a, b, more) => [[a, 1], [b, -1], ...(more ? [more] : [])];

/**
 * The middle 95 % of each rating over votes drawn anew; the same draws each time.
 * @param {readonly Game[]} games
 * @param {number} players
 * @param {number} ridge
 * @returns {[low: number, high: number][]}
 */
export function bootstrapped(games, players, ridge) {
  const random = generator(1);
  const drawn = Array.from({ length: DRAWS }, () => {
    const again = games.map(() => games[Math.floor(random() * games.length)]);
    return bradleyTerry(again, players, ridge).ratings;
  });
  return Array.from({ length: players }, (_, at) => {
    const sorted = drawn.map((ratings) => ratings[at]).sort((a, b) => a - b);
    return [sorted[Math.floor(0.025 * DRAWS)], sorted[Math.ceil(0.975 * DRAWS) - 1]];
  });
}

/** @param {Entries[]} rows @param {number[]} scores @param {number[]} theta @param {number[]} penalty */
function parts(rows, scores, theta, penalty) {
  const square = () => penalty.map(() => /** @type {number[]} */ (Array(penalty.length).fill(0)));
  const slope = theta.map((each, at) => -penalty[at] * each);
  const [curvature, spread] = [square(), square()];
  for (const [at, each] of penalty.entries()) curvature[at][at] = each;
  for (const [game, row] of rows.entries()) {
    const p = sigmoid(row.reduce((sum, [at, value]) => sum + value * theta[at], 0));
    const residual = scores[game] - p;
    for (const [at, value] of row) slope[at] += value * residual;
    add(curvature, row, p * (1 - p));
    add(spread, row, residual ** 2);
  }
  return { slope, curvature, spread };
}

/** The outer product of a game's row. @param {number[][]} matrix @param {Entries} row @param {number} by */
function add(matrix, row, by) {
  for (const [i, a] of row) for (const [j, b] of row) matrix[i][j] += by * a * b;
}

/** @param {number[]} one @param {number[]} other */
const dot = (one, other) => one.reduce((sum, each, at) => sum + each * other[at], 0);

/** By elimination; the matrix is positive definite. @param {number[][]} matrix */
function inverse(matrix) {
  const n = matrix.length;
  const rows = matrix.map((row, at) => [...row, ...row.map((_, column) => Number(column === at))]);
  for (let pivot = 0; pivot < n; pivot++) {
    const by = rows[pivot][pivot];
    rows[pivot] = rows[pivot].map((each) => each / by);
    for (let row = 0; row < n; row++) {
      if (row === pivot) continue;
      const factor = rows[row][pivot];
      rows[row] = rows[row].map((each, column) => each - factor * rows[pivot][column]);
    }
  }
  return rows.map((row) => row.slice(n));
}

/** Numbers from nought to one (mulberry32). @param {number} seed */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
