// @ts-check
/**
 * A run that came onto the page is put among the runs of this browser.
 *
 * @import { Run } from "../../kit/view"
 */
import { percent } from "../../kit/numbers/format.js";
import { tokenText } from "../../kit/text/tokens.js";
import { TABLES } from "../server/tables.js";
import { History, keptOf } from "./history.js";

/** The browser's runs. */
export const history = new History(TABLES);

/**
 * @param {Run} run
 * @param {{ link: string, panel: string, at: number }} where
 */
export function remember(run, where) {
  const next = run.next[run.nPrompt - 1];
  const answer = next ? `${tokenText(next.id)} ${percent(next.p)}` : "";
  history.add([keptOf({ ...run, answer }, where)]);
}
