// Task: gather what indexes and counts need, while records pass by on their way into the database, or are read again.
//
// Names are looked up once per definition and stretch; the common record finds everything in the definition that it names.
namespace JitProxy.Storage.Audit;

/// <summary>What a stretch of records adds to the indexes and counts.</summary>
internal sealed class RecordNotes
{
    private const long HourMicroseconds = 3_600_000_000;

    private readonly List<NotedContext> _touched = [];
    private readonly NotedContext _none = new(null);
    private BucketSummary? _bucket;
    private long _hour;
    private long _stretch = 1;

    /// <summary>What the index lists the records under.</summary>
    public HashSet<IndexKey> Keys { get; private set; } = [];

    /// <summary>Executions begun, per grant.</summary>
    public Dictionary<long, long> Executions { get; private set; } = [];

    /// <summary>Summaries of the buckets touched, in order: of these records alone.</summary>
    public List<BucketSummary> Buckets { get; private set; } = [];

    /// <summary>Counts for plots.</summary>
    public Dictionary<TallyKey, TallySums> Tallies { get; private set; } = [];

    /// <summary>Executions that ended, by their duration: as many places as <see cref="AuditTotals.DurationBounds"/> has, and one for longer ones.</summary>
    public long[] Durations { get; private set; } = NewDurations();

    /// <summary>Values that were masked: rows times masked columns.</summary>
    public long MaskedCells { get; private set; }

    /// <summary>Takes a record in.</summary>
    /// <param name="context">The definition that it names.</param>
    /// <param name="definition">That definition's entry; its bytes are read once per bucket.</param>
    /// <param name="entry">The record.</param>
    /// <param name="spans">The record's fields.</param>
    public void Add(NotedContext? context, ReadOnlySpan<byte> definition, EntryView entry, in RecordSpans spans)
    {
        var bucket = IndexKey.BucketOf(entry.Seq);
        if (_bucket?.Bucket != bucket)
            Buckets.Add(_bucket = new(bucket));
        _bucket.Add(entry, spans);
        if (context is not null && !ReferenceEquals(context.Bucket, _bucket))
        {
            context.Bucket = _bucket;
            if (ContextSpans.TryRead(new EntryView(definition), out var texts))
                _bucket.Add(texts);
        }

        context ??= _none;
        if (context.Stretch != _stretch)
        {
            context.Start(_stretch);
            _touched.Add(context);
        }

        if (spans.At < _hour || spans.At >= _hour + HourMicroseconds)
            _hour = spans.At / HourMicroseconds * HourMicroseconds;
        if (context.Count(_hour, entry, spans))
            List(context, entry.Event);
        if (spans.Duration >= 0)
            Measure(spans);
    }

    /// <summary>Ends a stretch: the collections are its result, and stay as they are. The next one begins with new ones.</summary>
    public void Close()
    {
        // A definition outlives the stretch by far, and a summary is large.
        foreach (var context in _touched)
        {
            context.AddTo(Tallies, Executions);
            context.End();
        }
    }

    /// <summary>Begins a stretch.</summary>
    public void Open()
    {
        _touched.Clear();
        _stretch++;
        _bucket = null;
        (Keys, Executions, Buckets, Tallies) = ([], [], [], []);
        (Durations, MaskedCells) = (NewDurations(), 0);
    }

    private static long[] NewDurations() => new long[AuditTotals.DurationBounds.Length + 1];

    private void Measure(in RecordSpans spans)
    {
        var place = AuditTotals.DurationBounds.AsSpan().BinarySearch(spans.Duration);
        Durations[place < 0 ? ~place : place]++;
        if (spans.MaskedCount > 0 && spans.Rows > 0)
            MaskedCells = unchecked(MaskedCells + (spans.MaskedCount * spans.Rows));
    }

    private void List(NotedContext context, AuditEvent happened)
    {
        Keys.Add(new IndexKey(IndexKind.Event, null, (long)happened));
        var texts = context.Texts;
        if (texts?.User is { } user)
            Keys.Add(new IndexKey(IndexKind.User, user, 0));
        if (texts?.Database is { } database)
            Keys.Add(new IndexKey(IndexKind.Database, database, 0));
        if (texts?.Grant is { } grant)
            Keys.Add(new IndexKey(IndexKind.Grant, null, grant));
    }
}
