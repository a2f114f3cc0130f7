// @ts-check
/**
 * Ratings of votes: the twin of `stack/evaluation/elo.py` and `bradley_terry.py`.
 *
 * @typedef {readonly [first: number, second: number, score: number]} Game the first's score: 1, 0.5 or 0
 * @typedef {{ ratings: number[], errors: number[] }} Fit
 */
const K = 4;
const SCALE = 400;
const START = 1000;
const POINTS = SCALE / Math.LN10;
const ROUNDS = 100;
const DRAWS = 200;

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
 * The likeliest strengths under a ridge, by Newton's steps, and the sandwich's standard errors.
 * @param {readonly Game[]} games
 * @param {number} players
 * @param {number} ridge
 * @returns {Fit}
 */
export function bradleyTerry(games, players, ridge) {
  let theta = Array(players).fill(0);
  for (let round = 0; round < ROUNDS; round++) {
    const { slope, curvature } = parts(games, theta, ridge);
    const step = inverse(curvature).map((row) => dot(row, slope));
    const longest = Math.max(...step.map(Math.abs));
    theta = theta.map((each, at) => each + step[at] / Math.max(1, longest / 2));
    if (longest < 1e-12) break;
  }
  const { curvature, spread } = parts(games, theta, ridge);
  const back = inverse(curvature);
  const errors = back.map((row) =>
    Math.sqrt(row.reduce((sum, a, i) => sum + row.reduce((part, b, j) => part + a * spread[i][j] * b, 0), 0)),
  );
  return { ratings: theta.map((each) => START + POINTS * each), errors: errors.map((each) => POINTS * each) };
}

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

/** @param {readonly Game[]} games @param {number[]} theta @param {number} ridge */
function parts(games, theta, ridge) {
  const n = theta.length;
  const square = (/** @type {number} */ diagonal) =>
    Array.from({ length: n }, (_, row) => Array.from({ length: n }, (_, column) => (row === column ? diagonal : 0)));
  const slope = theta.map((each) => -ridge * each);
  const [curvature, spread] = [square(ridge), square(0)];
  for (const [a, b, score] of games) {
    const p = sigmoid(theta[a] - theta[b]);
    const residual = score - p;
    slope[a] += residual;
    slope[b] -= residual;
    add(curvature, a, b, p * (1 - p));
    add(spread, a, b, residual ** 2);
  }
  return { slope, curvature, spread };
}

/**
 * The outer product of a game's row.
 * @param {number[][]} matrix
 * @param {number} a
 * @param {number} b
 * @param {number} by
 */
function add(matrix, a, b, by) {
  matrix[a][a] += by;
  matrix[b][b] += by;
  matrix[a][b] -= by;
  matrix[b][a] -= by;
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
