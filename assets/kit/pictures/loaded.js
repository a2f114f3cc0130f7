// @ts-check
/**
 * The picture of a payload, which the browser reads by and by.
 *
 * @import { ViewContext } from "../view"
 * @typedef {{ image: HTMLImageElement }} KeptImage
 */

/**
 * None until it is read; then the view is drawn again.
 * @param {string} address of the picture's data
 * @param {ViewContext<any>} ctx
 * @param {object} [fresh] what else is kept where another picture stood before
 * @returns {HTMLImageElement | null}
 */
export function loadedPicture(address, ctx, fresh = {}) {
  const { image } = ctx.kept;
  if (image?.src === address) return image;
  const made = new Image();
  made.src = address;
  made.decode().then(
    () => ctx.keep({ image: made, ...(image ? fresh : {}) }),
    () => ctx.toast("The picture cannot be read"),
  );
  return null;
}
