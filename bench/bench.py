#!/usr/bin/env python3
"""bench.py - alternating A B A B measurement of PostgreSQL/MySQL proxies against anchors (start them with ./stack.sh start).

  ./bench.py --workloads w1,w3 --rounds 3                          anchors only
  ./bench.py --target 'ours 127.0.0.1 15450 user=bench password=bench db=bench' --workloads w1,w2,w3,w4,w5,w6
  ./bench.py --target 'ours 127.0.0.1 15450 user=agent password=x sql_simple="SELECT ..." sql_script="\\set aid random(1, 100000 * :scale)
SELECT abalance FROM pgbench_accounts WHERE aid = :aid"'

A target is 'name host port [key=value ...]' (shell quoting). Keys: user password db kind(pg|mysql) pid (default: who listens on port)
sql_simple (w1 w5) sql_script (w2 w3, pgbench script) sql_wide (w4) sql_idle (w6) skip=w2,w3.
Global --sql-simple/--sql-script/--sql-wide set the statements of every target, so ratios stay like for like.
Workloads: w1 point select simple (w1t: over TLS), w2 extended, w3 prepared, w4 wide stream, w5 connect+query+disconnect, w5t the same over TLS,
w6 idle connections, w7 MySQL point select (text) and w7p (server-side prepared), by sysbench. lat: 1 client, raw-socket ping-pong latency.
Reported: tps, p50/p99 (us), proxy CPU seconds per 1,000 queries (w4: per GB; utime+stime of the listening process, its threads and
children, reaped ones included), RSS, and with --syscalls the system calls and context switches per query.
"""
import argparse, json, os, re, shlex, shutil, statistics as st, subprocess, sys, tempfile, time, glob

HERE = os.path.dirname(os.path.abspath(__file__))
B = os.environ.get('BENCH_DIR', os.path.join(os.environ.get('TMPDIR', '/tmp'), 'jitproxy-bench'))
PGBIN = os.environ.get('PGBIN') or sorted(glob.glob('/usr/lib/postgresql/*/bin'))[-1]
TCK = os.sysconf('SC_CLK_TCK')
ANCHORS = {
    'direct': ('127.0.0.1', 15400, {}), 'haproxy': ('127.0.0.1', 15412, {}), 'haproxy-splice': ('127.0.0.1', 15413, {}),
    'pgb-session': ('127.0.0.1', 15410, {}), 'pgb-tx': ('127.0.0.1', 15411, {'skip': 'w3'}),
    'my-direct': ('127.0.0.1', 15420, {'kind': 'mysql'}), 'my-haproxy': ('127.0.0.1', 15421, {'kind': 'mysql'}),
}

# ---------- /proc
def listener_pid(port):
    want = set()
    for f in ('/proc/net/tcp', '/proc/net/tcp6'):
        for l in open(f).read().splitlines()[1:]:
            p = l.split()
            if p[3] == '0A' and int(p[1].rsplit(':', 1)[1], 16) == port: want.add('socket:[%s]' % p[9])
    best = None
    for d in glob.glob('/proc/[0-9]*/fd'):
        try:
            if any(os.readlink(os.path.join(d, x)) in want for x in os.listdir(d)):
                pid = int(d.split('/')[2]); best = pid if best is None else min(best, pid)
        except OSError: pass
    if best is None: raise SystemExit('nothing listens on port %d' % port)
    return best
def stat_of(pid):
    s = open('/proc/%d/stat' % pid).read(); f = s[s.rindex(')') + 2:].split()
    return int(f[1]), [int(x) for x in f[11:15]]
def tree(pid):
    kids = {}
    for d in os.listdir('/proc'):
        if d.isdigit():
            try: kids.setdefault(stat_of(int(d))[0], []).append(int(d))
            except (OSError, ValueError): pass
    out, todo = [], [pid]
    while todo: p = todo.pop(); out.append(p); todo += kids.get(p, [])
    return out
def cpu(pid):
    t = 0
    for p in tree(pid):
        try: s = stat_of(p)[1]
        except OSError: continue
        t += s[0] + s[1] + s[2] + s[3]
    return t / TCK
def mem(pid):
    """RSS MB of the process; for a process tree the PSS sum."""
    ps = tree(pid); tot = 0
    for p in ps:
        try: txt = open('/proc/%d/%s' % (p, 'smaps_rollup' if len(ps) > 1 else 'status')).read()
        except OSError: continue
        m = re.search(r'^Pss:\s+(\d+)' if len(ps) > 1 else r'^VmRSS:\s+(\d+)', txt, re.M)
        if m: tot += int(m.group(1))
    return tot / 1024

class Target:
    def __init__(s, name, host, port, kv):
        s.name, s.host, s.port, s.kv = name, host, int(port), kv
        s.user, s.password, s.db = kv.get('user', 'bench'), kv.get('password', 'bench'), kv.get('db', 'bench')
        s.kind = kv.get('kind', 'pg'); s.skip = set(filter(None, kv.get('skip', '').split(',')))
        s.pid = int(kv['pid']) if 'pid' in kv else listener_pid(s.port)
    def sql(s, k): return s.kv.get(k, getattr(A, k))
    def conninfo(s, ssl='disable'):
        return "host=%s port=%d user=%s password=%s dbname=%s sslmode=%s gssencmode=disable" % (s.host, s.port, s.user, s.password, s.db, ssl)
    def env(s, ssl='disable'):
        return dict(os.environ, PGHOST=s.host, PGPORT=str(s.port), PGUSER=s.user, PGPASSWORD=s.password, PGDATABASE=s.db, PGSSLMODE=ssl, PGGSSENCMODE='disable')

class PerfStat:
    def __init__(s, pid, secs):
        s.p = subprocess.Popen(['perf', 'stat', '-x,', '-e', 'raw_syscalls:sys_enter,context-switches', '-p', str(pid), '--', 'sleep', str(secs)],
                               stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    def get(s):
        e = s.p.communicate()[1]; r = {}
        for l in e.splitlines():
            f = l.split(',')
            if len(f) > 2 and f[0].isdigit(): r['sys' if 'raw_sys' in f[2] else 'csw'] = int(f[0])
        return r

def pgbench(t, script, mode, clients, secs, extra=(), ssl='disable', perf=False, log=True):
    d = tempfile.mkdtemp(prefix='bench', dir=B)
    try:
        f = os.path.join(d, 's.sql'); open(f, 'w').write(script + '\n')
        cmd = [PGBIN + '/pgbench', '-n', '-M', mode, '-f', f, '-c', str(clients), '-j', '1' if clients == 1 else '2', '-T', str(secs), '-D', 'scale=10', *extra]
        if log: cmd += ['-l', '--log-prefix', os.path.join(d, 'l'), '--sampling-rate=%g' % (1 if clients == 1 or '-C' in extra else 0.2)]
        ps = None; rss = None
        if perf: ps = PerfStat(t.pid, secs + 0.7); time.sleep(0.3)
        c0 = cpu(t.pid)
        p = subprocess.Popen(cmd, env=t.env(ssl), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try: out, err = p.communicate(timeout=max(0.1, secs - 0.3) if not perf else None)
        except subprocess.TimeoutExpired: rss = mem(t.pid); out, err = p.communicate()
        c1 = cpu(t.pid)
        m = re.search(r'^tps = ([\d.]+)', out, re.M); n = re.search(r'actually processed: (\d+)', out)
        if p.returncode or not m or not int(n.group(1)): return {'error': (err or out).strip()[-300:]}
        tps, n = float(m.group(1)), int(n.group(1))
        r = {'tps': tps, 'cpu': (c1 - c0) / n * 1000, 'rss': rss, 'n': n}
        if log:
            lat = sorted(int(x.split(' ')[2]) for g in glob.glob(os.path.join(d, 'l*')) for x in open(g))
            if lat: r['p50'], r['p99'] = lat[len(lat) // 2], lat[int(len(lat) * .99)]
        if perf: pr = ps.get(); r['sys'] = pr.get('sys', 0) / n; r['csw'] = pr.get('csw', 0) / n  # login included
        return r
    finally: shutil.rmtree(d, ignore_errors=True)

def drain(t, sql, rep):
    c0 = cpu(t.pid)
    p = subprocess.run([B + '/pgdrain', 'drain', t.conninfo(), sql, str(rep)], capture_output=True, text=True)
    c1 = cpu(t.pid)
    if p.returncode: return {'error': p.stderr.strip()[-300:]}
    rows = [l.split() for l in p.stdout.splitlines()]
    secs = min(float(x[0]) for x in rows); nb = sum(int(x[2]) for x in rows); nr = sum(int(x[1]) for x in rows)
    return {'tps': int(rows[0][1]) / secs, 'mbs': int(rows[0][2]) / secs / 1e6, 'cpu': (c1 - c0) / (nb / 1e9), 'cpu_mrow': (c1 - c0) / nr * 1e6, 'rss': mem(t.pid), 'secs': secs}

def idle(t, n, sql):
    m0 = mem(t.pid); c0 = cpu(t.pid); t0 = time.time()
    p = subprocess.Popen([B + '/pgdrain', 'idle', t.conninfo(), str(n)] + ([sql] if sql else []), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    l = p.stdout.readline(); dt = time.time() - t0
    if 'ready' not in l: return {'error': p.stderr.read()[-300:]}
    c1 = cpu(t.pid); time.sleep(2); m1 = mem(t.pid); c2 = cpu(t.pid)
    p.stdin.close(); p.wait()
    return {'rss0': m0, 'rss': m1, 'kb_conn': (m1 - m0) * 1024 / n, 'connect_s': dt, 'cpu': (c1 - c0) / n * 1000, 'idle_cpu': (c2 - c1) / 2}

def ping(t, sql, secs):
    c0 = cpu(t.pid)
    p = subprocess.run([B + '/pgdrain', 'ping', t.conninfo(), sql, str(secs)], capture_output=True, text=True)
    if p.returncode: return {'error': p.stderr.strip()[-300:]}
    v = [float(x) for x in p.stdout.split()]
    return {'tps': v[0], 'p50': v[1], 'p99': v[3], 'max': v[4], 'cpu': (cpu(t.pid) - c0) / (v[0] * secs) * 1000}

def sysbench(t, ps, clients, secs):
    # In the text protocol the number is part of the text: always the same one, as in w1. Prepared it is a parameter, and any of the table's.
    rows = '100000' if ps == 'auto' else '1'
    c0 = cpu(t.pid)
    p = subprocess.Popen(['sysbench', 'oltp_point_select', '--db-driver=mysql', '--mysql-host=' + t.host, '--mysql-port=%d' % t.port, '--mysql-user=' + t.user,
        '--mysql-password=' + t.password, '--mysql-db=' + t.db, '--tables=1', '--table-size=' + rows, '--db-ps-mode=' + ps, '--mysql-ssl=' + t.kv.get('mysql_ssl', 'off'),
        '--threads=%d' % clients, '--time=%d' % secs, '--percentile=99', 'run'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    rss = None
    try: out, _ = p.communicate(timeout=secs - 0.3)
    except subprocess.TimeoutExpired: rss = mem(t.pid); out, _ = p.communicate()
    m = re.search(r'queries:\s+(\d+)\s+\(([\d.]+)', out)
    if p.returncode or not m: return {'error': out[-300:]}
    n = int(m.group(1)); a = re.search(r'avg:\s+([\d.]+)', out); q = re.search(r'99th percentile:\s+([\d.]+)', out)
    return {'tps': float(m.group(2)), 'cpu': (cpu(t.pid) - c0) / n * 1000, 'p50': float(a.group(1)) * 1000, 'p99': float(q.group(1)) * 1000, 'rss': rss, 'p50_is': 'mean'}

def cells():
    for w in A.workloads.split(','):
        if w in ('w1', 'w1t', 'w2', 'w3', 'w7', 'w7p'):
            cl = A.clients if w == 'w1' or A.all_clients else A.clients_short
            for c in cl.split(','): yield w, int(c)
        else: yield w, {'w4': 1, 'w5': 8, 'w5t': 8, 'w6': A.idle, 'lat': 1}[w]

def once(t, w, c, perf=False):
    if w == 'w1': return pgbench(t, t.sql('sql_simple'), 'simple', c, A.secs, perf=perf)
    if w == 'w1t': return pgbench(t, t.sql('sql_simple'), 'simple', c, A.secs, ssl='require', perf=perf)
    if w == 'w2': return pgbench(t, t.sql('sql_script'), 'extended', c, A.secs, perf=perf)
    if w == 'w3': return pgbench(t, t.sql('sql_script'), 'prepared', c, A.secs, perf=perf)
    if w == 'w4': return drain(t, t.sql('sql_wide'), A.wide_repeat)
    if w == 'w5': return pgbench(t, t.sql('sql_simple'), 'simple', c, A.secs, ['-C'], log=False)
    if w == 'w5t': return pgbench(t, t.sql('sql_simple'), 'simple', c, A.secs, ['-C'], ssl='require', log=False)
    if w == 'w6': return idle(t, c, t.sql('sql_idle'))
    if w == 'w7': return sysbench(t, 'disable', c, A.secs)
    if w == 'w7p': return sysbench(t, 'auto', c, A.secs)
    if w == 'lat': return ping(t, t.sql('sql_simple'), A.secs)

def med(v, k):
    x = [r[k] for r in v if r.get(k) is not None]
    return (st.median(x), min(x), max(x)) if x else None
def fmt(m, f='%.0f', rng=True):
    if not m: return '-'
    return f % m[0] + (' (%s-%s)' % (f % m[1], f % m[2]) if rng and m[2] != m[1] else '')

def report(res, targets, out):
    print('# %s  rounds=%d secs=%d  load(1m) at end %.2f' % (time.strftime('%F %T'), A.rounds, A.secs, os.getloadavg()[0]), file=out)
    for (w, c), per in res.items():
        print('\n## %s, %s %d\n' % (w, 'connections' if w == 'w6' else 'clients', c), file=out)
        if w == 'w6':
            print('| target | RSS before MB | RSS with MB | KB per connection | login wall s | CPU s per 1,000 logins | idle CPU s/s |\n|---|---|---|---|---|---|---|', file=out)
            for n, v in per.items():
                e = [r['error'] for r in v if 'error' in r]
                print('| %s | ' % n + (('error: ' + e[0].replace('\n', ' ')) if e else ' | '.join([fmt(med(v, 'rss0'), '%.1f', False), fmt(med(v, 'rss'), '%.1f', False), fmt(med(v, 'kb_conn'), '%.1f'), fmt(med(v, 'connect_s'), '%.1f', False), fmt(med(v, 'cpu'), '%.2f', False), fmt(med(v, 'idle_cpu'), '%.3f', False)])) + ' |', file=out)
            continue
        base = next((med([r for r in per[b] if 'sys' not in r], 'tps') for b in ('haproxy', 'my-haproxy') if b in per and med(per[b], 'tps')), None)
        unit = 'CPU s per GB' if w == 'w4' else 'CPU s per 1k q'
        print('| target | %s | vs haproxy | p50 us | p99 us | %s | %s | RSS MB | sys/q | csw/q |\n|---|---|---|---|---|---|---|---|---|---|' % ('rows/s' if w == 'w4' else 'tps', unit, 'MB/s' if w == 'w4' else 'max us' if w == 'lat' else 'runs'), file=out)
        for n, v in per.items():
            e = [r['error'] for r in v if 'error' in r]; ok = [r for r in v if 'error' not in r]
            if not ok: print('| %s | error: %s |' % (n, (e or ['skipped'])[0].replace('\n', ' ')), file=out); continue
            t = med(ok, 'tps'); x = [r for r in ok if 'sys' not in r] or ok
            t = med(x, 'tps')
            print('| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |' % (n, fmt(t), '%.2f' % (t[0] / base[0]) if base else '-', fmt(med(x, 'p50'), rng=False), fmt(med(x, 'p99')),
                fmt(med(x, 'cpu'), '%.4f' if w != 'w4' else '%.2f'), fmt(med(x, 'mbs')) if w == 'w4' else fmt(med(x, 'max')) if w == 'lat' else len(x), fmt(med(x, 'rss'), '%.1f', False), fmt(med(ok, 'sys'), '%.1f', False), fmt(med(ok, 'csw'), '%.2f', False)), file=out)
    out.flush()

def main():
    global A
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--target', action='append', default=[])
    ap.add_argument('--anchors', default='direct,haproxy,pgb-session,pgb-tx', help='comma list of %s, or none' % ','.join(ANCHORS))
    ap.add_argument('--workloads', default='w1'); ap.add_argument('--clients', default='1,8,32,64'); ap.add_argument('--clients-short', default='1,32')
    ap.add_argument('--all-clients', action='store_true'); ap.add_argument('--rounds', type=int, default=3); ap.add_argument('--secs', type=int, default=4)
    ap.add_argument('--wide-repeat', type=int, default=5); ap.add_argument('--idle', type=int, default=2000); ap.add_argument('--syscalls', action='store_true'); ap.add_argument('--json'); ap.add_argument('--md')
    ap.add_argument('--sql-simple', default='SELECT abalance FROM pgbench_accounts WHERE aid = 4242')
    ap.add_argument('--sql-script', default='\\set aid random(1, 100000 * :scale)\nSELECT abalance FROM pgbench_accounts WHERE aid = :aid')
    ap.add_argument('--sql-wide', default='SELECT id, email, name, created FROM wide')
    ap.add_argument('--sql-idle', default='', help='one query on each idle connection (else login only)')
    A = ap.parse_args()
    targets = [Target(n, *ANCHORS[n]) for n in A.anchors.split(',') if n and n != 'none']
    for s in A.target:
        f = shlex.split(s); targets.append(Target(f[0], f[1], f[2], dict(x.split('=', 1) for x in f[3:])))
    res = {}
    for w, c in cells():
        mine = [t for t in targets if (t.kind == 'mysql') == w.startswith('w7') and w not in t.skip]
        per = res.setdefault((w, c), {t.name: [] for t in mine})
        for rnd in range(1 if w == 'w6' else A.rounds):
            for t in mine if rnd % 2 == 0 else mine[::-1]:
                r = once(t, w, c); per[t.name].append(r)
                print('%s c=%d r%d %-14s %s' % (w, c, rnd, t.name, r.get('error') or ' '.join('%s=%.4g' % (k, v) for k, v in r.items() if isinstance(v, (int, float)))), file=sys.stderr, flush=True)
        if A.syscalls and w in ('w1', 'w1t', 'w2', 'w3'):
            for t in mine:
                if t.name != 'direct': per[t.name].append(once(t, w, c, perf=True))
        if A.json: json.dump([{'w': k[0], 'c': k[1], 'res': v} for k, v in res.items()], open(A.json, 'w'))
        if A.md: report(res, targets, open(A.md, 'w'))
    report(res, targets, sys.stdout)
main()
