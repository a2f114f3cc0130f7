// @ts-check
/**
 * A visitor's own files: chosen, listed, deleted. Their names are a control, their texts lie with the server.
 *
 * @import { ViewContext } from "../../../kit/view"
 */
import { counted, whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";

/** Bytes of a file that are taken. */
const MOST = 500_000;

/** @typedef {{ name: string, title: string }} Kept */

/** @param {ViewContext<any>} ctx @returns {Kept[]} */
const listed = (ctx) =>
  String(ctx.controls.documents ?? "")
    .split(",")
    .filter(Boolean)
    .map((each) => {
      const [name, title = name] = each.split("=");
      return { name, title: decodeURIComponent(title) };
    });

/** @param {ViewContext<any>} ctx @param {readonly Kept[]} all */
const hold = (ctx, all) =>
  ctx.control("documents", all.map(({ name, title }) => `${name}=${encodeURIComponent(title)}`).join(","));

/** What happens to them, by where they are kept. @type {Record<string, string>} */
const KEPT = {
  memory: "This server keeps them in its memory alone, for half an hour after you last asked for them.",
  disk: "Their texts and vectors are kept on this machine’s disk until you delete them.",
  remote: "Their texts and vectors are kept in the store that this server was started with, until you delete them.",
  away: "Their store does not answer just now, so nothing is kept beyond this server’s memory.",
};

/** @param {ViewContext<any>} ctx @param {string} kept */
export function files(ctx, kept) {
  if (ctx.recorded) return nothing;
  const all = listed(ctx);
  const chosen = async (/** @type {Event} */ event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    const given = [...(field.files ?? [])];
    field.value = "";
    let held = listed(ctx);
    for (const file of given) {
      const name = await bring(ctx, file);
      if (name) held = [...held.filter((each) => each.name !== name), { name, title: file.name.replaceAll(",", " ") }];
    }
    hold(ctx, held);
  };
  const remove = async (/** @type {string} */ name) => {
    const answer = await ctx.bring({ forget: name });
    if ("error" in answer) return void ctx.toast(answer.error); // it stays in the list, to be deleted later
    hold(
      ctx,
      listed(ctx).filter((each) => each.name !== name),
    );
  };
  return html`
    <div class="cluster">
      ${all.map(
        ({ name, title }) => html`<span class="chip"><span dir="auto">${title}</span>
          <button type="button" class="link" aria-label="Delete ${title}" @click=${() => remove(name)}>delete</button>
        </span>`,
      )}
      <label class="chip bring">Choose files …
        <input class="unseen" type="file" multiple accept="text/*,.md,.json,.csv,.html" @change=${chosen} /></label>
    </div>
    <p class="hint">${counted(all.length, "file")}. ${KEPT[kept] ?? ""} A link names a file, and does not hold
      it.</p>`;
}

/**
 * The name under which the server keeps it; nothing where it is no text.
 * @param {ViewContext<any>} ctx @param {File} file
 */
async function bring(ctx, file) {
  const read = await file.slice(0, MOST).text();
  // What is cut may end within a character, which has four bytes at most.
  const text = file.size > MOST ? read.replace(/\uFFFD{1,3}$/, "") : read;
  const odd = (text.match(/\uFFFD/g) ?? []).length;
  const wrong = !text.trim()
    ? "holds no text"
    : text.startsWith("%PDF-")
      ? "is a PDF, of which no text is read"
      : text.includes("\0") || odd > text.length / 100
        ? "is no text in UTF-8"
        : "";
  if (wrong) return void ctx.toast(`“${file.name}” ${wrong}, so it is not taken.`);
  if (file.size > MOST) ctx.toast(`Of “${file.name}” the first ${whole(MOST)} of ${whole(file.size)} bytes are taken.`);
  const answer = await ctx.bring({ text });
  if ("error" in answer) return void ctx.toast(answer.error);
  return answer.name;
}
