/** The foot of printed pages, which a page's content cannot write to. */

/** The rule of a footing with a text and the number of the page; `text` is any text. Pure. */
export function footingRule(text: string): string {
  const quoted = [...text]
    .map((one) =>
      /[\p{L}\p{N} ·/().,-]/u.test(one) ? one : `\\${(one.codePointAt(0) ?? 0x20).toString(16)} `,
    )
    .join('');
  const look = 'font: 8pt system-ui, sans-serif; color: #444;';
  return `@page {
    size: A4;
    margin: 16mm 15mm 18mm;
    @bottom-left { content: "${quoted}"; ${look} }
    @bottom-right { content: counter(page) " / " counter(pages); ${look} }
  }`;
}

/** Prints a text at the foot of each page from now on; returns what ends that. */
export function footing(text: string): () => void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(footingRule(text));
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
  };
}
