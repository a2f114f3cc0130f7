// @ts-check
/**
 * The other run as a view's own: what a picture of it is given, where the view draws one run at a time.
 *
 * @import { Run, ViewContext } from "../../kit/view"
 * @import { MountedView } from "./mounted"
 */
import { aligned, turnedRound } from "../../kit/runs/aligned.js";
import { half } from "../../kit/runs/both_runs.js";

/**
 * What is selected in its picture is selected in this run, where it belongs to a position of this run.
 * @param {ViewContext<any, any>} ctx of the page's run
 * @param {MountedView} mounted
 * @returns {ViewContext<any, any>}
 */
export function otherContext(ctx, { panel, entry, given: { store } }) {
  const { other, focus } = ctx;
  const back = turnedRound(entry?.there?.places ?? []);
  const at = focus.position;
  return {
    ...ctx,
    run: runOf(ctx),
    interventions: [],
    focus: { ...focus, position: other?.ids && at !== null ? ctx.align(at) : at },
    width: half(ctx.width),
    changed: false,
    there: null,
    other: null,
    shared: 0,
    align: () => null,
    select(change, options) {
      const position = typeof change.position === "number" ? aligned(back, change.position) : undefined;
      if (position !== null) ctx.select(position === undefined ? change : { ...change, position }, options);
    },
    payload(name, of = panel.name) {
      const spec = store.directory.find(of)?.views.find((each) => each.name === name);
      return /** @type {any} */ (spec && store.payload(of, spec)?.there?.data);
    },
  };
}

/** Its tokens and its model in the place of the page's; what only the page's run has is left out. */
function runOf(/** @type {ViewContext} */ { run, other }) {
  if (!run || !other) return run;
  const { query = run.query, text = run.text, ids = run.ids, nPrompt = run.nPrompt, model = run.model } = other;
  return /** @type {Run} */ ({ ...run, query, text, ids, nPrompt, model, next: [], steps: [], effect: null });
}
