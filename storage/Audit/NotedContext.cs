namespace JitProxy.Storage.Audit;

/// <summary>A definition, and the counts of records that name it. For one thread.</summary>
internal sealed class NotedContext(ContextTexts? texts)
{
    private readonly List<Row> _rows = [];

    public ContextTexts? Texts { get; } = texts;

    /// <summary>The summary that knows the definition's texts already.</summary>
    public BucketSummary? Bucket { get; set; }

    /// <summary>The stretch of records that the counts are of.</summary>
    public long Stretch { get; private set; }

    public void Start(long stretch)
    {
        Stretch = stretch;
        _rows.Clear();
    }

    /// <summary>The stretch is over: nothing of it is kept.</summary>
    public void End()
    {
        Bucket = null;
        _rows.Clear();
        _rows.Capacity = 0;
    }

    /// <summary>Counts a record; true for the first of its event, outcome and hour.</summary>
    public bool Count(long hour, EntryView entry, in RecordSpans spans)
    {
        foreach (var row in _rows)
        {
            if (row.Event == entry.Event && row.Outcome == entry.Outcome && row.Hour == hour)
            {
                row.Sums.Add(spans);
                return false;
            }
        }

        var added = new Row(hour, entry.Event, entry.Outcome);
        added.Sums.Add(spans);
        _rows.Add(added);
        return true;
    }

    public void AddTo(Dictionary<TallyKey, TallySums> tallies, Dictionary<long, long> executions)
    {
        foreach (var row in _rows)
        {
            TallySums.Add(tallies, new(row.Hour, IndexKind.Event, "", row.Event, row.Outcome), row.Sums, 1);
            if (Texts?.User is { } user)
                TallySums.Add(tallies, new(row.Hour, IndexKind.User, user, row.Event, row.Outcome), row.Sums, 1);
            if (Texts?.Database is { } database)
                TallySums.Add(tallies, new(row.Hour, IndexKind.Database, database, row.Event, row.Outcome), row.Sums, 1);
            if (row.Event == AuditEvent.Authorized && Texts?.Grant is { } grant)
                executions[grant] = executions.GetValueOrDefault(grant) + row.Sums.Records;
        }
    }

    private sealed class Row(long hour, AuditEvent happened, AuditOutcome outcome)
    {
        public long Hour { get; } = hour;

        public AuditEvent Event { get; } = happened;

        public AuditOutcome Outcome { get; } = outcome;

        public TallySums Sums { get; } = new();
    }
}
