#!/usr/bin/env python3
"""ratios.py RESULTS.json: JitProxy against each anchor, taken pair by pair within each round, with the median over the rounds."""
import json, statistics, sys

TARGETS = {'w1': (1.10, 0.95), 'w2': (1.10, 0.95), 'w3': (1.10, 0.95), 'w4': (1.00, None), 'w1t': (1.20, None), 'w5': (1.00, None), 'w5t': (1.00, None), 'w7': (1.10, None), 'w7p': (1.10, None)}
rows = []
for cell in json.load(open(sys.argv[1])):
    mine = cell['res'].get('jitproxy', [])
    failed = [r['error'] for r in mine if 'error' in r]
    if failed:
        print('jitproxy failed in %s: %s' % (cell['w'], failed[0]), file=sys.stderr)
        sys.exit(1)
    for anchor, theirs in cell['res'].items():
        if anchor == 'jitproxy':
            continue
        pairs = [(m, t) for m, t in zip(mine, theirs) if 'error' not in t]
        ratio = lambda key: statistics.median(m[key] / t[key] for m, t in pairs if m.get(key) and t.get(key)) if any(m.get(key) and t.get(key) for m, t in pairs) else None
        rows.append((cell['w'], cell['c'], anchor, None if anchor.endswith('direct') else ratio('cpu'), ratio('tps')))

show = lambda v: '%.2f' % v if v is not None else '-'
print('\n## JitProxy against the others: median of the rounds\' ratios\n')
print('| workload | clients | against | CPU per query | target | throughput | target |')
print('|---|---:|---|---:|---:|---:|---:|')
for w, c, anchor, cpu, tps in rows:
    want = TARGETS.get(w, (None, None)) if anchor == ('my-haproxy' if w.startswith('w7') else 'pgb-session') else (None, None)
    print('| %s | %s | %s | %s | %s | %s | %s |' % (w, c, anchor, show(cpu), '<= %.2f' % want[0] if want[0] else '', show(tps), '>= %.2f' % want[1] if want[1] else ''))
