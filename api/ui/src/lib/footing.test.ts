import { describe, expect, it } from 'vitest';
import { footingRule } from './footing';

describe('the foot of printed pages', () => {
  it('tells the text and the page', () => {
    const rule = footingRule('FIR 211/2026 · مقدمہ');
    expect(rule).toContain('content: "FIR 211/2026 · مقدمہ"');
    expect(rule).toContain('counter(page)');
  });

  it('lets no text out of its quotes', () => {
    expect(footingRule('a"; } b\\c\n')).toContain('content: "a\\22 \\3b  \\7d  b\\5c c\\a "');
  });
});
