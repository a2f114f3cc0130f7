// @ts-check
/** Models made here that were opened in this tab, as rows and contestants: a comma in a name would part two of them. */
import { choices } from "../../../shell/sidebar/session_shelf.js";

export const opened = () =>
  choices()
    .filter(([, name]) => name.includes(":"))
    .map(([title, name]) => ({ key: name.replaceAll(",", ";"), name: title }));
