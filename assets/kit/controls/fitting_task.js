// @ts-check
/**
 * The task that a pair of prompts comes from, and what is said where the model's tokenizer has none of it.
 *
 * @import { ViewContext } from "../view"
 *
 * @typedef {{ name: string, instead: string }} TaskShown
 */

import { html, nothing } from "../../vendor/lit.js";
import { signed } from "../numbers/format.js";
import { control, named } from "./declared.js";

/** @param {ViewContext<any>} ctx @param {TaskShown} task */
export const taskControl = (ctx, { name }) => control(ctx, "task", { own: name });

/** Why there is nothing to show, and the task that can be. @param {ViewContext<any>} ctx @param {string} problem
 * @param {TaskShown} task */
export const refusedTask = (ctx, problem, { instead }) => html`<p class="readout lead">${problem}
  ${
    instead
      ? html`<button class="linkbtn" type="button" @click=${() => ctx.control("task", instead)}>Show
          “${named(ctx, "task")[instead].name}”</button>`
      : nothing
  }</p>`;

/** Where the model hardly tells the two prompts apart. @param {{ scores: number[], told_apart: boolean }} pair */
export const faint = ({ scores: [clean, changed], told_apart: apart }) =>
  apart
    ? nothing
    : html`<p class="hint">The answer’s lead is ${signed(clean)} behind the clean prompt and ${signed(changed)} behind
        the changed one: this model hardly tells them apart, and shares of the difference say little here.</p>`;
