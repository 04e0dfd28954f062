// The jobs that there are: what became of each, and what can be done with it.
import { html, nothing } from "../../vendor/lit-html.js";
import { repeat } from "../../vendor/directives/repeat.js";
import { clock, duration, number, percent, t, time } from "../../shared/words.js";
import { problemView, progress, symbol, WORST_FIRST } from "../../shared/view.js";
import { isFinished } from "./following.js";

/** What a person calls a job by: the name of the file, or what another client said. */
export function nameOf(job) {
  return job.request.id ?? t("video.unnamed");
}

/**
 * The list; shown: the id of the job whose result is shown. stalled: ids of jobs at which nobody works. act: what the
 * buttons do.
 */
export function jobsView({ jobs, listError, removeError, shown, stalled }, act) {
  return html`
    <section class="card jobs" aria-labelledby="jobs-title">
      <h2 id="jobs-title" tabindex="-1">${t("video.jobs")}</h2>
      ${listError ? problemView(listError, act.refresh) : nothing}
      ${removeError ? problemView(removeError) : nothing}
      ${jobs === null && !listError ? progress(null, t("video.loading")) : nothing}
      ${jobs?.length === 0 ? html`<p class="faint">${t("video.no_jobs")}</p>` : nothing}
      <ul>${repeat(jobs ?? [], (job) => job.id, (job) => jobView(job, { isShown: job.id === shown, isStalled: stalled.has(job.id) }, act))}</ul>
    </section>`;
}

function jobView(job, { isShown, isStalled }, act) {
  const made = new Date(1000 * job.created_s);
  return html`
    <li id=${`job-${job.id}`} class=${isShown ? "shown" : ""} aria-current=${isShown}>
      <h3>${nameOf(job)}</h3>
      <p class="faint"><time datetime=${made.toISOString()}>${time(made)}</time>
        ${job.duration_s === null ? nothing : html`· <span><span class="unseen">${t("video.length")}</span> ${clock(job.duration_s)}</span>`}</p>
      ${stateView(job, isStalled)}
      <div class="row">
        ${job.state === "done" ? button(job, "video.show", act.show) : nothing}
        ${button(job, isFinished(job) ? "video.delete" : "video.cancel", act.remove)}
      </div>
    </li>`;
}

/** A button that also tells those what it is about who do not see what it stands beside. */
function button(job, key, does) {
  return html`<button type="button" class=${key.replace("video.", "")} aria-label=${t("video.button", { does: t(key), name: nameOf(job) })} @click=${() => does(job)}>${t(key)}</button>`;
}

function stateView(job, isStalled) {
  if (job.state === "queued") return queuedView(job, isStalled);
  if (job.state === "running") return runningView(job);
  if (job.state === "done") return countsView(job.summary);
  return html`
    <p class="failed">${t(`video.state.${job.state}`)}</p>
    ${job.error ? html`<details><summary>${t("problem.details")}</summary><p lang="en">${job.error}</p></details>` : nothing}`;
}

function queuedView({ ahead }, isStalled) {
  return html`
    <p>${ahead ? t("video.ahead", { count: ahead }) : t("video.next")}</p>
    ${isStalled ? html`<p class="problem stalled">${t("video.stalled")} <code>python -m helmet_service work</code></p>` : nothing}`;
}

function runningView(job) {
  const left = job.eta_s === null ? t("video.begun") : t("video.left", { time: duration(Math.max(1, job.eta_s)) });
  return html`
    ${progress(job.frames_total ? job.progress : null, t("video.working", { name: nameOf(job) }))}
    <p class="faint">${job.frames_total ? `${percent(job.progress)} · ` : ""}${left}</p>`;
}

/** How many people of each status a summary counts. */
function countsView(summary) {
  if (!summary.tracks) return html`<p>${t("video.summary.nobody")}</p>`;
  return html`<p class="row">${WORST_FIRST.filter((status) => summary[status]).map((status) => html`
    <span class="badge" data-status=${status}>${symbol(status)}${number(summary[status])} ${t(`status.${status}`)}</span>`)}</p>`;
}
