// @ts-check
/**
 * The page's own arithmetic against Python's.
 *
 * @import { Check } from "../../../kit/view"
 * @import { Subject } from "./subject.js"
 */
import { decimal } from "../../../kit/numbers/format.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { choose, share } from "./stage.js";
import { tokens } from "./words.js";

const NEAR = 1e-6;

/** With the settings that the run was made with. @param {Subject} subject @returns {Check[]} */
export function prove({ data, base, own, step }) {
  const ids = data.top_ids.a;
  const end = own[own.length - 1];
  const errors = Array.from(ids, (id, at) => Math.abs(share(base, id) - data.top_p.a[at]));
  const missed = own.slice(1).reduce((sum, stage) => sum + Math.abs(stage.left - data.kept[stage.step]), 0);
  const list = [
    {
      statement: `Softmax in the page = torch’s, for the ${ids.length} likeliest of ${tokens(base.left)}`,
      error: Math.max(...errors),
      tolerance: NEAR,
      word: "largest error",
    },
    {
      statement: `The run’s own settings keep ${tokens(end.left)}, in the page as in Python`,
      error: missed,
      tolerance: 0,
      word: "differences",
    },
  ];
  if (step && !step.forced && Number.isFinite(step.u)) {
    list.push({
      statement: `u = ${decimal(step.u, 3)} picks “${tokenText(step.chosen)}”, as in the run`,
      error: end.order[choose(end, step.u)] === step.chosen ? 0 : 1,
      tolerance: 0,
      word: "differences",
    });
  }
  return list;
}
