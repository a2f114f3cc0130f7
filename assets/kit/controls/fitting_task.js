// @ts-check
/**
 * The task that a pair of prompts comes from, and what is said where the model's tokenizer has none of it.
 *
 * @import { ViewContext } from "../view"
 *
 * @typedef {{ name: string, instead: string }} TaskShown
 */
import { html, nothing } from "../../vendor/lit.js";
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
