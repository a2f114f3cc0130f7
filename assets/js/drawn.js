// @ts-check
/**
 * A view that is a function of (data, context), for a panel's list of views.
 *
 * @import { View, ViewModule } from "../kit/view"
 */

/**
 * @template Data
 * @param {View<Data, any> | (ViewModule<Data> & Record<string, any>)} module a view's module, or the view alone
 * @param {string} [name] of the view in its module
 */
export function drawn(module, name) {
  if (typeof module === "function") return { view: module };
  return {
    view: module[/** @type {string} */ (name)],
    rows: module.rows,
    checks: module.checks,
    follows: module.follows,
  };
}
