// @ts-check
/**
 * A picture of one's own: chosen, or dropped on the figure; made smaller here where its file is large.
 *
 * @import { ViewContext } from "../view"
 * @typedef {{ takes: boolean, picture: string }} Takes whether one may be brought, and the name of the one shown
 */
import { html, nothing } from "../../vendor/lit.js";

/** Bytes that the server reads, and those that are opened here at all. */
const READ = 700_000;
const MOST = 40e6;
/** Pixels on the longer side of a picture that is made smaller. */
const SIDE = 1024;
const QUALITY = 0.92;
const OWN = "own-";
const KEPT = "A PNG, JPEG, WebP, GIF or BMP file; the server reads it and keeps it only in memory";

/** @typedef {{ own?: { name: string, title: string } }} Brought */

/**
 * Where one may be brought: a button beside the pictures.
 * @param {Takes} data
 * @param {ViewContext<any>} ctx
 */
export function ownPicture(data, ctx) {
  if (!data.takes || ctx.recorded) return nothing;
  const shown = data.picture.startsWith(OWN);
  /** @type {Brought["own"]} */
  const own = ctx.kept.own ?? (shown ? { name: data.picture, title: "yours" } : undefined);
  const choose = (/** @type {Event} */ event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    bring(field.files?.[0], ctx);
    field.value = "";
  };
  return html`
    ${
      own
        ? html`<button class="chip own" type="button" aria-pressed=${own.name === data.picture} title=${own.title}
            @click=${() => ctx.control("picture", own.name)}>${own.title}</button>`
        : nothing
    }
    <label class="chip bring" title=${KEPT}>Your own …
      <input class="unseen" type="file" accept="image/*" @change=${choose} />
    </label>`;
}

/** Takes what is dropped on the figure. @param {Takes} data @param {ViewContext<any>} ctx */
export const dropping = (data, ctx) => ({
  over: (/** @type {DragEvent} */ event) => data.takes && event.preventDefault(),
  drop(/** @type {DragEvent} */ event) {
    if (!data.takes) return;
    event.preventDefault();
    bring(event.dataTransfer?.files[0], ctx);
  },
});

/** @param {File | undefined} file @param {ViewContext<any>} ctx */
async function bring(file, ctx) {
  if (!file) return;
  const answer = await encoded(file).then(
    (file) => ctx.bring({ file }),
    () => ({ error: "The browser cannot read this file as a picture. Choose a PNG, JPEG, WebP, GIF or BMP file." }),
  );
  if ("error" in answer) return ctx.toast(answer.error);
  ctx.keep({ own: { name: answer.name, title: file.name || "yours" } });
  if (ctx.controls.picture === answer.name)
    ctx.measure(); // a link’s, that the server no longer had
  else ctx.control("picture", answer.name);
}

/** The file in base64. @param {File} file @returns {Promise<string>} */
async function encoded(file) {
  if (file.size > MOST) throw new Error("too large");
  const blob = file.size > READ ? await smaller(file) : file;
  const address = await new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.onerror = failed;
    reader.readAsDataURL(blob);
  });
  return address.slice(address.indexOf(",") + 1);
}

/** @param {File} file @returns {Promise<Blob>} */
async function smaller(file) {
  const image = await createImageBitmap(file);
  const scale = Math.min(1, SIDE / Math.max(image.width, image.height));
  const canvas = new OffscreenCanvas(Math.ceil(image.width * scale), Math.ceil(image.height * scale));
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}
