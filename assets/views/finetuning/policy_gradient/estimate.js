// @ts-check
/**
 * Eight estimators as what they are: rewards in, one weight a token out (`explorer/stack/finetuning/policy`).
 *
 * @typedef {{ reward: number | null, group: number, values: number[], ratios: number[], logp: number[] }} Answer of one
 *   draw, by token: the critic's values, log-ratios of policy and sampler, the policy's log-probabilities
 * @typedef {{ advantage: number, ratio: number, weight: number, off: boolean }} Term of one token
 * @typedef {{ terms: Term[][], loss: number }} Estimate
 * @typedef {{ mean: number, others: number, spread: number, standard: number, length: number }} Facts of an answer
 */
import { mean, sum } from "../../../vendor/d3.js";

/** Their papers' clips: how far below 1, how far above. */
export const CLIPS = {
  RLOO: [0.2, 0.2],
  PPO: [0.2, 0.2],
  GRPO: [0.2, 0.2],
  "Dr.GRPO": [0.2, 0.2],
  DAPO: [0.2, 0.28],
  GSPO: [3e-4, 4e-4],
};
/** CISPO's largest ratio. */
export const LARGEST = 5;
const EPSILON = 1e-4;
const LAMBDA = 0.95;

/**
 * @param {Answer[]} answers those that count
 * @param {number} longest tokens that an answer may have
 */
export function estimates(answers, longest) {
  const N = answers.length;
  const tokens = sum(answers, ({ ratios }) => ratios.length);
  const facts = answers.map((each) => factsOf(each, answers));
  const critic = criticOf(answers);
  const sums = answers.map(({ ratios }) => sum(ratios));
  const there = (/** @type {number} */ i, /** @type {number} */ value) => (answers[i].reward === null ? 0 : value);
  const reward = (/** @type {number} */ i) => answers[i].reward ?? 0;
  const standard = (/** @type {number} */ i) => there(i, facts[i].standard);
  const centred = (/** @type {number} */ i) => there(i, reward(i) - facts[i].mean);
  const against = (/** @type {number} */ i) => there(i, reward(i) - facts[i].others);
  const whitened = (/** @type {number} */ i, /** @type {number} */ t) =>
    there(i, (critic.gae[i][t] - critic.mean) * critic.scale);
  const token = (/** @type {number} */ i, /** @type {number} */ t) => Math.exp(answers[i].ratios[t]);
  const geometric = (/** @type {number} */ i) => Math.exp(sums[i] / Math.max(1, facts[i].length));

  /**
   * @param {(i: number, t: number) => number} A
   * @param {(i: number, t: number) => number} ratio
   * @param {(i: number) => number} share
   * @param {[number, number]} clip
   * @param {(i: number) => number} [times] how often an answer's term stands in the loss, by its share
   */
  const surrogate = (A, ratio, share, [low, high], times = () => 1) =>
    gathered(answers, (i, t) => {
      const [advantage, rho] = [A(i, t), ratio(i, t)];
      const cut = Math.min(1 + high, Math.max(1 - low, rho));
      const off = advantage > 0 ? rho > 1 + high : advantage < 0 && rho < 1 - low;
      return {
        ...{ advantage, ratio: rho, off, weight: off ? 0 : advantage * rho * share(i) * times(i) },
        loss: -Math.min(advantage * rho, advantage * cut) * share(i),
      };
    });
  /** No gradient through the ratio. @param {(i: number) => number} A @param {(i: number, t: number) => number} ratio
   * @param {(i: number) => number} share @param {number} most */
  const detached = (A, ratio, share, most) =>
    gathered(answers, (i, t) => {
      const rho = Math.min(most, ratio(i, t));
      const weight = rho * A(i) * share(i);
      return { advantage: A(i), ratio: rho, off: ratio(i, t) > most, weight, loss: -weight * answers[i].logp[t] };
    });
  const each = (/** @type {number} */ i) => 1 / (N * Math.max(1, facts[i].length));
  const all = () => 1 / Math.max(1, tokens);
  /** @type {Record<string, Estimate>} */
  const by = {
    REINFORCE: detached(
      reward,
      () => 1,
      () => 1 / N,
      Number.POSITIVE_INFINITY,
    ),
    RLOO: surrogate(
      against,
      (i) => Math.exp(sums[i]),
      each,
      [0.2, 0.2],
      (i) => facts[i].length,
    ),
    PPO: surrogate(whitened, token, all, [0.2, 0.2]),
    GRPO: surrogate(standard, token, each, [0.2, 0.2]),
    "Dr.GRPO": surrogate(centred, token, () => 1 / (N * longest), [0.2, 0.2]),
    DAPO: surrogate(standard, token, all, [0.2, 0.28]),
    GSPO: surrogate(standard, geometric, each, [3e-4, 4e-4]),
    CISPO: detached(standard, token, all, LARGEST),
  };
  return { by, facts, critic, tokens, N, sums };
}

/** @param {Answer[]} answers @param {(i: number, t: number) => Term & { loss: number }} term @returns {Estimate} */
function gathered(answers, term) {
  const terms = answers.map(({ ratios }, i) => ratios.map((_, t) => term(i, t)));
  return { terms, loss: sum(terms.flat(), ({ loss }) => loss) };
}

/** @param {Answer} answer @param {Answer[]} answers @returns {Facts} */
function factsOf({ reward, group, ratios }, answers) {
  const of = answers.filter((each) => each.group === group).flatMap((each) => each.reward ?? []);
  const [middle, spread] = [mean(of) ?? 0, deviation(of)];
  const own = reward ?? 0;
  return {
    mean: middle,
    spread,
    others: of.length > 1 ? (sum(of) - own) / (of.length - 1) : own,
    standard: (own - middle) / (spread + EPSILON),
    length: ratios.length,
  };
}

/** Bessel's. @param {number[]} values */
function deviation(values) {
  const middle = mean(values) ?? 0;
  return values.length > 1 ? Math.sqrt(sum(values, (each) => (each - middle) ** 2) / (values.length - 1)) : 0;
}

/** Advantages of PPO before they are whitened, and by what they are. @param {Answer[]} answers */
function criticOf(answers) {
  const gae = answers.map(({ values, reward }) => {
    /** @type {number[]} */
    const found = [];
    let last = 0;
    for (let t = values.length - 1; t >= 0; t--) {
      const next = t === values.length - 1 ? (reward ?? 0) : values[t + 1];
      last = next - values[t] + LAMBDA * last;
      found[t] = last;
    }
    return found;
  });
  const counted = gae.filter((_, i) => answers[i].reward !== null).flat();
  const few = counted.length < 2;
  return {
    gae,
    mean: few ? 0 : (mean(counted) ?? 0),
    scale: few ? 1 : 1 / Math.sqrt(deviation(counted) ** 2 + 1e-8),
  };
}
