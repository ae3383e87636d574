import { describe, expect, it } from "vitest";
import { html, trusted } from "../../src/report/page/html.ts";

describe("html", () => {
  it("escapes what is put in, in text and in attributes", () => {
    const evil = `<script>alert("x")</script> & 'y'`;
    expect(html`<p title="${evil}">${evil}</p>`.markup).toBe(
      '<p title="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;">' +
        "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;</p>",
    );
  });

  it("does not escape HTML twice", () => {
    const items = [html`<li>${"<"}</li>`, html`<li>${1}</li>`];
    expect(html`${items}`.markup).toBe("<li>&lt;</li>\n<li>1</li>");
    expect(html`${trusted("<b>bold</b>")}`.markup).toBe("<b>bold</b>");
  });
});
