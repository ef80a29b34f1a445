// Task: at the start, make from the records themselves what the database does not hold: counts since they were last kept, the summary of the
// bucket that is being filled, and, for a file from before there were summaries, all of them.
namespace JitProxy.Storage.Audit;

internal sealed class AuditBackfill
{
    // Summaries are kept in groups, so that a start that is interrupted has not worked for nothing.
    private const int GroupCount = 64;

    private readonly AuditSink _sink;
    private readonly Dictionary<TallyKey, TallySums> _tallies = [];
    private readonly List<BucketSummary> _full = [];
    private BucketSummary? _open;

    private AuditBackfill(AuditSink sink) => _sink = sink;

    public static void Run(AuditReader reader, AuditSink sink, TrailCounts counts)
    {
        var headBucket = IndexKey.BucketOf(sink.Head.Seq);
        new AuditBackfill(sink).Summarize(reader, sink.LacksSummaries ? 0 : headBucket * IndexKey.BucketSize);
        foreach (var block in reader.Blocks(sink.CountedSeq + 1, sink.Head.Seq, isDescending: false))
        {
            var notes = new RecordNotes();
            if (!BlockWalk.TryNote(block, sink.CountedSeq + 1, long.MaxValue, notes))
                throw reader.Damaged(block);
            counts.AddUncounted(notes);
        }
    }

    private void Summarize(AuditReader reader, long from)
    {
        foreach (var block in reader.Blocks(from, _sink.Head.Seq, isDescending: false))
        {
            // The summaries are of whole buckets, the counts of what counts as counted.
            var notes = new RecordNotes();
            if (!BlockWalk.TryNote(block, from, long.MaxValue, notes))
                Doubt(block, from);
            else
                notes.Buckets.ForEach(Add);
            if (_sink.LacksSummaries)
                AddCounted(block);
        }

        if (_full.Count > 0)
            _sink.Keep(_full);
        _sink.OpenBucket = _open;
        if (_sink.LacksSummaries)
            _sink.Upgrade(_tallies);
    }

    private void AddCounted(StoredBlock block)
    {
        if (block.FirstSeq > _sink.CountedSeq)
            return;
        var notes = new RecordNotes();
        BlockWalk.TryNote(block, 0, _sink.CountedSeq, notes);
        foreach (var (key, sums) in notes.Tallies)
            TallySums.Add(_tallies, key, sums, 1);
    }

    private void Add(BucketSummary summary)
    {
        if (_open is not null && _open.Bucket != summary.Bucket)
        {
            _full.Add(_open);
            if (_full.Count >= GroupCount)
            {
                _sink.Keep(_full);
                _full.Clear();
            }
        }

        _open = _open?.Bucket == summary.Bucket ? _open.Plus(summary) : summary;
    }

    // A damaged block is for `audit verify` to tell of; whoever filters must come upon it.
    private void Doubt(StoredBlock block, long from)
    {
        for (var bucket = IndexKey.BucketOf(Math.Max(from, block.FirstSeq)); bucket <= IndexKey.BucketOf(block.LastSeq); bucket++)
            Add(BucketSummary.Anything(bucket));
    }
}
