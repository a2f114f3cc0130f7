// @ts-check
/**
 * The candidates of a step, read from the payload.
 *
 * @import { ContrastiveSteps } from "../../../types/inference"
 *
 * @typedef {object} Candidate
 * @property {number} id
 * @property {number} probability
 * @property {number} penalty
 * @property {number} score
 * @property {number} nearest position of the token before whose hidden state is most alike
 * @property {number} near its id
 * @property {boolean} chosen
 */

/**
 * @param {ContrastiveSteps} data
 * @param {number} step
 * @returns {Candidate[]}
 */
export function candidatesAt(data, step) {
  const { ids, probabilities, penalties, scores, nearest, chosen, prompt } = data;
  const width = ids.shape[1];
  return Array.from({ length: width }, (_, place) => {
    const at = step * width + place;
    const position = nearest.a[at];
    const past = position - prompt.length;
    return {
      id: ids.a[at],
      probability: probabilities.a[at],
      penalty: penalties.a[at],
      score: scores.a[at],
      nearest: position,
      near: past < 0 ? prompt[position] : ids.a[past * width + chosen[past]],
      chosen: place === chosen[step],
    };
  });
}
