import { describe, expect, it } from 'vitest';
import { renderJunit } from '../../core/report/junit.ts';
import { sampleImage, sampleReport } from '../support/sample-report.ts';

describe('renderJunit', () => {
  it('renders the sample report as the fixture shows it', async () => {
    await expect(renderJunit(sampleReport())).toMatchFileSnapshot('../fixtures/reports/junit.xml');
  });

  it('holds nothing that XML 1.0 forbids', () => {
    const name = `web \u0000\u0008\u001B[31m\uD800\uFFFE <&>"']]>`;
    const text = renderJunit(sampleReport({ images: [sampleImage({ name })] }));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 §2.2 leaves out
    expect(text).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/);
    expect(text).toContain('name="web \uFFFD\uFFFD\uFFFD[31m\uFFFD\uFFFD &lt;&amp;&gt;&quot;&#39;]]&gt;"');
  });

  it('skips promotion in a dry run and passes what was promoted', () => {
    expect(renderJunit(sampleReport({ dryRun: true }))).toContain('<skipped message="dry run"/>');
    const promoted = sampleImage({ promotion: { digest: 'sha256:0', tags: [] } });
    expect(renderJunit(sampleReport({ images: [promoted], failures: [] }))).toContain('failures="0" errors="0"');
  });

  it('has no stack of its own for an empty report', () => {
    expect(renderJunit(sampleReport({ images: [], failures: [] }))).toContain('tests="0"');
  });
});
