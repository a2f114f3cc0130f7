// @ts-check
/**
 * What the trainings are compared by: each against the coarse experts of the same seed.
 *
 * @import { GranularityArm, GranularityRun, GranularityTraining } from "../../../types/architectures"
 */
import { whole } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

/** @param {GranularityRun} run the loss when it was last measured */
export const last = ({ held }) => held[held.length - 1];

/**
 * The held-out losses but for the coarse experts', less theirs, where both were measured.
 * @param {GranularityArm[]} arms
 */
export function differences(arms) {
  const coarse = arms.find(({ name }) => name === "coarse")?.runs ?? [];
  return arms
    .filter(({ name }) => name !== "coarse")
    .flatMap(({ name, runs }) =>
      runs.map(({ seed, measured, held }, at) => {
        const both = Math.min(held.length, coarse[at].held.length);
        return {
          name,
          seed,
          at,
          steps: measured.slice(0, both),
          values: held.slice(0, both).map((loss, step) => loss - coarse[at].held[step]),
        };
      }),
    );
}

/** @param {GranularityTraining} data */
export function lead({ n_experts, k, m, arms }) {
  const [, coarse, fine, shared] = arms;
  return html`
    With ${n_experts} coarse experts, ${k} for each byte, a block has <b>${whole(coarse.combinations)}</b> combinations.
    With each cut into ${m}, a byte uses ${fine.k} of ${fine.experts}: <b>${whole(fine.combinations)}</b> combinations.
    With one expert shared by all, a byte uses ${shared.k} of ${shared.experts} others:
    <b>${whole(shared.combinations)}</b>. In all four decoders a byte passes through ${whole(k * coarse.width)} hidden
    neurons.`;
}
