using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Audit;

/// <summary>The audit trail: nothing runs without a record, and no record changes afterwards without being noticed.</summary>
/// <remarks>Safe for use by many threads. One process at a time has it open.</remarks>
public sealed class AuditTrail : IAsyncDisposable, IDisposable
{
    private const int StackSizeMax = 1024;
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(10);

    private readonly string _path;
    private readonly AuditOptions _options;
    private readonly Journal _journal;
    private readonly AuditWriter _writer;
    private readonly TrailCounts _counts;
    private readonly AuditReader _reader;
    private readonly long _idleTicks;
    private int _isDisposed;

    private AuditTrail(string path, AuditOptions options, TimeProvider clock, Journal journal, AuditSink sink, TrailCounts counts, AuditReader reader)
    {
        (_path, _options, Clock, _journal, Sink, _counts, _reader) = (path, options, clock, journal, sink, counts, reader);
        _idleTicks = (long)(options.IdleLimit.TotalSeconds * clock.TimestampFrequency);
        _writer = new AuditWriter(journal, sink, counts, options, clock);
    }

    /// <summary>Number of the last record taken in.</summary>
    public long LastSeq => _journal.LastSeq;

    /// <summary>Number of the last record in the database.</summary>
    public long CommittedSeq => _writer.Waiters.Committed;

    /// <summary>Why no execution may begin; null when all is well.</summary>
    public string? Fault => _writer.Fault;

    internal TimeProvider Clock { get; }

    internal AuditSink Sink { get; }

    /// <summary>Opens the trail of a database file, making what is missing, and moves in what a dead process left in the journal.</summary>
    /// <exception cref="StoreException">A file is damaged, used by another process, or does not belong to the other.</exception>
    public static AuditTrail Open(string path, AuditOptions options, TimeProvider clock)
    {
        var sink = new AuditSink(path, options.Durability);
        JournalFile? file = null;
        try
        {
            var reader = new AuditReader(path);
            var counts = new TrailCounts(reader.OpenConnection);
            file = JournalFile.Open(JournalPath(path), options.JournalSize, sink.Trail);
            AuditBackfill.Run(reader, sink, counts);
            JournalRecovery.Move(file, sink, counts, clock.GetUtcNow());
            file = JournalFile.Resize(file, options.JournalSize, sink.Trail);
            return new AuditTrail(path, options, clock, new Journal(file, sink.Head.Seq), sink, counts, reader);
        }
        catch (SqliteException error)
        {
            file?.Dispose();
            sink.Dispose();
            throw StoreFiles.Explain(error, path);
        }
        catch
        {
            file?.Dispose();
            sink.Dispose();
            throw;
        }
    }

    /// <summary>The journal of a database file.</summary>
    public static string JournalPath(string path) => path + "-journal-audit";

    /// <summary>Records that an execution begins. What it returns is needed to forward the statement.</summary>
    /// <param name="context">Who runs what, where, by which permit.</param>
    /// <param name="parameters">The parameters, from <see cref="ParameterEncoder"/>; empty when there are none.</param>
    /// <param name="execution">The execution.</param>
    /// <param name="fault">Why it is refused: the trail cannot be written, or its journal is full.</param>
    [SkipLocalsInit]
    public bool TryBegin(
        StatementContext context, ReadOnlySpan<byte> parameters, [NotNullWhen(true)] out Execution? execution, [NotNullWhen(false)] out string? fault)
    {
        execution = null;
        fault = _writer.Fault;
        if (fault is not null)
            return false;
        var begunAt = Clock.GetTimestamp();
        var begun = Clock.GetUtcNow();
        var sizeMax = RecordImage.BeginSizeMax(parameters.Length);
        byte[]? rented = null;
        var buffer = sizeMax <= StackSizeMax ? stackalloc byte[StackSizeMax] : rented = ArrayPool<byte>.Shared.Rent(sizeMax);
        var happened = context.Grant is null ? AuditEvent.Housekeeping : AuditEvent.Authorized;
        var size = RecordImage.Begin(buffer, happened, begun, parameters);
        var isBegun = _journal.TryBegin(context, buffer[..size], out var seq, out var wakes, out var isProving);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        if (!isBegun)
        {
            fault = ExplainFull(context.Full, size);
            return false;
        }

        // After a pause nothing proves that the database can still be written: this one proves it, and waits for that. Under load
        // a slow commit makes nobody wait; it counts as failed when it takes too long.
        var isIdle = isProving && begunAt - _writer.LastCommit > _idleTicks;
        var waits = isIdle || _options.Durability == AuditDurability.Disk;
        execution = new Execution(this, context, seq, begun, begunAt, waits ? _writer.CommitAsync(seq) : null, mayForward: !isIdle);
        if (wakes && !waits)
            _writer.Wake();
        return true;
    }

    /// <summary>Records an event other than an execution. The trail sets number, time and hash.</summary>
    /// <param name="record">The record.</param>
    /// <param name="seq">Its number.</param>
    /// <param name="fault">Why it could not be recorded.</param>
    /// <remarks>A statement too large for the journal is cut, and the record says so.</remarks>
    public bool TryRecord(AuditRecord record, out long seq, [NotNullWhen(false)] out string? fault)
    {
        var image = new byte[RecordImage.SizeMax(record)];
        var size = RecordImage.Whole(image, record, Clock.GetUtcNow());
        var context = ContextImage.Of(record, _journal.DefinitionSizeMax);
        if (_journal.TryAppend(context, image.AsSpan(0, size), out seq, out var wakes))
        {
            if (wakes)
                _writer.Wake();
            fault = null;
            return true;
        }

        fault = ExplainFull(context, size);
        return false;
    }

    /// <summary>Reads records in order, newest included: what waits in the journal is moved to the database first, if that is possible.</summary>
    /// <exception cref="StoreException">A record is damaged.</exception>
    public IEnumerable<AuditRecord> Query(AuditFilter filter)
    {
        Flush();
        return _reader.Read(filter);
    }

    /// <summary>Reads the records that are in the database, in order. Waits for nothing, and makes nothing be committed.</summary>
    /// <exception cref="StoreException">A record is damaged.</exception>
    public IEnumerable<AuditRecord> ReadCommitted(AuditFilter filter) => _reader.Read(filter);

    /// <summary>Reads a page of records: as many as the limit says, or fewer when the time is over. Then the page says where to go on.</summary>
    /// <param name="filter">Which records, and after or before which one.</param>
    /// <param name="patience">How long to look for records; a page may take a little longer.</param>
    /// <exception cref="StoreException">A record is damaged.</exception>
    public AuditPage ReadPage(AuditFilter filter, TimeSpan patience)
    {
        Flush();
        return _reader.ReadPage(filter, patience);
    }

    /// <summary>Counts records by hour, event and outcome, in the order of time.</summary>
    public ImmutableArray<AuditTally> Tally(AuditTallyScope scope, DateTimeOffset from, DateTimeOffset until)
    {
        Flush();
        var (kind, value) = scope switch
        {
            { User: { } user } => (IndexKind.User, user),
            { Database: { } database } => (IndexKind.Database, database),
            _ => (IndexKind.Event, ""),
        };
        var counts = _counts.Tallies(kind, value, AuditTally.HourOf(from), AuditTally.HourAfter(until));
        return [.. counts.Select(static pair => AuditTally.Of(pair.Key, pair.Sums))];
    }

    /// <summary>What was recorded since the trail was opened and is in the database.</summary>
    public AuditTotals Totals() => _counts.Totals();

    /// <summary>Executions begun under a grant.</summary>
    public long CountByGrant(long grant) => CountByGrant([grant])[grant];

    /// <summary>Executions begun under each of these grants: for lists, as it flushes once.</summary>
    public IReadOnlyDictionary<long, long> CountByGrant(IReadOnlyCollection<long> grants)
    {
        Flush();
        return grants.Distinct().ToDictionary(grant => grant, _counts.Of);
    }

    /// <summary>Checks every record. Uses little memory however many there are; the trail stays in use meanwhile.</summary>
    public AuditVerdict Verify(IProgress<AuditProgress>? progress = null)
    {
        Flush();
        return AuditVerifier.Verify(_reader, Sink.Head, progress);
    }

    /// <summary>Checks the records of a database file that no proxy has open. Records that still wait in its journal are not part of it.</summary>
    /// <exception cref="StoreException">The file is no database.</exception>
    public static AuditVerdict VerifyFile(string path, IProgress<AuditProgress>? progress = null)
    {
        try
        {
            var reader = new AuditReader(path);
            return AuditVerifier.Verify(reader, null, progress);
        }
        catch (SqliteException error)
        {
            throw StoreFiles.Explain(error, path);
        }
    }

    /// <summary>Removes old records, in steps that the trail tells of; <see cref="Verify"/> goes on to prove the rest. Null, or why it stopped.</summary>
    /// <param name="before">Records before this moment go; null for none because of their age.</param>
    /// <param name="size">The oldest records go until the rest takes so many bytes; null for none because of their size.</param>
    /// <param name="seqMax">Records beyond this one stay: somebody still needs them.</param>
    /// <param name="stop">Stops between two steps.</param>
    /// <remarks>A step removes whole blocks, so that some records stay a little longer than they have to.</remarks>
    public string? Prune(DateTimeOffset? before, long? size, long seqMax, CancellationToken stop) =>
        AuditPruner.Run(this, _reader, before, size ?? long.MaxValue, seqMax, stop);

    /// <summary>Up to which record the receivers of the trail have them.</summary>
    public ReceiverPositions Receivers => field ??= new(_path);

    /// <summary>Waits until a record with this number is in the database; false when the trail is closed before.</summary>
    /// <remarks>A follower waits for the number after its last.</remarks>
    public async Task<bool> WaitForAsync(long seq, CancellationToken stop)
    {
        while (CommittedSeq < seq && !_writer.Waiters.IsClosed)
            await _writer.Waiters.WaitAsync(seq).WaitAsync(stop);
        return CommittedSeq >= seq;
    }

    /// <summary>Moves what waits in the journal to the database. Null when done; else why it could not be.</summary>
    public async Task<string?> FlushAsync() => await _writer.CommitAsync(LastSeq);

    /// <summary>Commits what is left and closes. End the sessions first: an end that comes later is not recorded.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        _journal.Close();
        _counts.Dispose();
        if (!_writer.TryStop())
            return;
        _writer.Dispose();
        _journal.Dispose();
        Sink.Dispose();
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    internal bool TryEnd(StatementContext context, Span<byte> image)
    {
        if (!_journal.TryEnd(context, image, out var wakes))
            return false;
        if (wakes)
            _writer.Wake();
        return true;
    }

    private string ExplainFull(ContextImage context, int size)
    {
        if (Volatile.Read(ref _isDisposed) != 0)
            return "the audit trail is closed";
        return _journal.CouldHold(context, size)
            ? $"the audit journal {_journal.Path} is full: {LastSeq - CommittedSeq} records wait to be written to {_path}"
            : $"a record of {context.Size + size} bytes is too large for the audit journal {_journal.Path}";
    }

    /// <summary>Waits until what was taken in is in the database, for ten seconds at most.</summary>
    internal void Flush() => ((IAsyncResult)_writer.CommitAsync(LastSeq)).AsyncWaitHandle.WaitOne(FlushLimit);
}
