// @ts-check
/**
 * What is taken away of a panel: all of it as one file that needs no server, and a notebook that recomputes it.
 *
 * @import { Address } from "../address/address"
 * @import { Service } from "../parts"
 * @import { PanelSpec } from "../protocol"
 */

import { toast } from "../toast.js";
import { save } from "./files.js";

const KINDS = {
  panel_file: { ending: "html", type: "text/html", said: "The server writes the file. This takes some seconds." },
  panel_notebook: { ending: "ipynb", type: "application/x-ipynb+json", said: "The server writes the notebook." },
};
/** Hosts that others do not reach. */
const HERE = /^(?:localhost|127\..*|\[::1\])$/;

/**
 * @param {keyof typeof KINDS} what
 * @param {PanelSpec} panel
 * @param {{ address: Address, server: Service }} page
 */
export async function takeAway(what, panel, { address, server }) {
  const { ending, type, said } = KINDS[what];
  toast(said);
  const live = HERE.test(location.hostname) ? "" : address.place.base;
  const answer = await server.call(what, { link: address.link(), live });
  if (answer.text === undefined) toast([answer.message, answer.hint].filter(Boolean).join(" "));
  else save(`${panel.name}.${ending}`, answer.text, type);
}
