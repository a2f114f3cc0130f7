// @ts-check
/**
 * What the objectives are called, in one line each.
 *
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { ViewContext } from "../../../kit/view"
 */
import { typed, typedText } from "../../../kit/controls/typed.js";
import { counted } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, { name: string, paper: string, says: string }>} */
export const NAMED = {
  clm: {
    name: "Causal",
    paper: "GPT, 2018",
    says: "Each position predicts the next token from those up to itself.",
  },
  mlm: {
    name: "Masked",
    paper: "BERT, 2018",
    says: `Chosen tokens are predicted from all others. Of the chosen, 80 % are hidden, 10 % replaced by a random token
      and 10 % left, each by chance.`,
  },
  spans: {
    name: "Span corruption",
    paper: "T5, 2019",
    says: `A sentinel stands for each span that is cut out. The encoder reads the source; the decoder writes each
      sentinel and its span.`,
  },
  prefix: {
    name: "Prefix LM",
    paper: "Liu et al. 2018; T5, 2019",
    says: "The prefix is read both ways and gives no loss. The rest is predicted token by token.",
  },
  fim: {
    name: "Fill in the middle",
    paper: "Bavarian et al. 2022",
    says: `The middle is moved to the end, so that a causal model writes it after having read both sides. Every position
      but the last gives a loss.`,
  },
  mtp: {
    name: "Multi-token",
    paper: "Gloeckle et al. 2024",
    says: "Each position predicts several tokens, one by each head.",
  },
};

/**
 * The text that is given to all, and how much of it is taken.
 * @param {{ text: string, ids: readonly number[], left_out: number }} data
 * @param {ViewContext<Drafts>} ctx
 */
export const textField = ({ text, ids, left_out }, ctx) => html`
  ${typed({ name: "text", value: typedText("text", text, ctx), lines: [2, 5], plain: true }, ctx)}
  ${
    left_out
      ? html`<p class="hint">The first ${counted(ids.length, "token")} are taken; ${left_out} are left out.</p>`
      : ""
  }`;
