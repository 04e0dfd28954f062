// Alarms: bare heads that were seen for long enough, with their evidence.
import { html, render } from "../vendor/lit-html.js";
import { t } from "../shared/words.js";

let root;

export const tab = {
  open(where) {
    root = where;
    tab.render();
  },
  close() {},
  render() {
    render(html`<h1>${t("app.alarms")}</h1>`, root);
  },
};
