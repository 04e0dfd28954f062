// A finished job: the drawn video, what it shows in a sentence, and the timeline.
import { html, nothing } from "../../vendor/lit-html.js";
import { repeat } from "../../vendor/directives/repeat.js";
import { ServiceError } from "../../shared/service.js";
import { clock, t } from "../../shared/words.js";
import { problemView, progress } from "../../shared/view.js";
import { nameOf } from "./job_list.js";
import { followVideo, placePlayhead, timelineView } from "./timeline.js";

/** The card of the job that is shown; timeline: null before it has come. act: what the controls do. */
export function resultView({ job, timeline, error, isUnplayable }, act) {
  return html`
    <section class="card result" aria-labelledby="result-title">
      <div class="row head">
        <h2 id="result-title" tabindex="-1">${nameOf(job)}</h2>
        <button type="button" @click=${act.close}>${t("video.close")}</button>
      </div>
      ${error ? problemView(error, act.load) : nothing}
      ${timeline ? sentenceView(job.summary, timeline) : nothing}
      ${repeat([job], ({ id }) => id, () => playerView(job, act))}
      ${isUnplayable ? problemView(new ServiceError(0), act.play, t("video.unplayable")) : nothing}
      ${timeline ? timelineView(timeline.tracks, job.duration_s) : error ? nothing : progress(null, t("video.loading"))}
      ${downloadsView(job)}
    </section>`;
}

function sentenceView(summary, timeline) {
  return html`
    <p class="sentence">${sentence(summary, timeline.tracks)}</p>
    ${summary.damage ? html`<details><summary>${t("video.damage")}</summary><p lang="en">${summary.damage}</p></details>` : nothing}`;
}

/** What a video shows, in a sentence. */
export function sentence({ tracks: count, no_helmet: bare, unknown, compliant }, tracks) {
  if (!count) return t("video.summary.nobody");
  if (compliant) return t("video.summary.all", { count });
  if (!bare) return t("video.summary.unknown", { unknown, count });
  const spans = tracks.flatMap((track) => track.spans).filter(({ status }) => status === "no_helmet");
  return t("video.summary.without", { bare, count, time: clock(Math.min(...spans.map((span) => span.from_s)), 1) });
}

function playerView(job, act) {
  return html`
    <video controls playsinline preload="metadata" src=${`v1/videos/${job.id}/result`} aria-label=${t("video.player", { name: nameOf(job) })}
      @play=${({ target }) => followVideo(target)} @timeupdate=${({ target }) => placePlayhead(target)} @error=${act.failed}></video>`;
}

function downloadsView(job) {
  const name = nameOf(job).replace(/\.\w+$/, "");
  return html`
    <div class="row">
      <a class="button" href=${`v1/videos/${job.id}/result`} download=${`${name}-${t("video.file.drawn")}.mp4`}>${t("video.download")}</a>
      <a class="button" href=${`v1/videos/${job.id}/timeline`} download=${`${name}-timeline.json`}>${t("video.download_timeline")}</a>
    </div>`;
}
