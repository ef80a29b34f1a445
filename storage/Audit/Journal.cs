// Task: take a record in under a short lock, so that it survives the death of the process from then on.
//
// The segments are used in turn. A use is a lap; its definitions are numbered from 0, and a record names one of its own lap, so
// every lap reads by itself. A segment is used again once all its records are in the database.
// Each open execution keeps enough free that its end can be written whatever else happens: beginnings are refused, ends never.
namespace JitProxy.Storage.Audit;

internal sealed class Journal(JournalFile file, long lastSeq) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly int[] _ends = new int[JournalFile.SegmentCount];
    private Lap? _lap;
    private int _offset;
    private long _lastSeq = lastSeq;
    private long _oldestLap = 1;
    private long _reserved;
    private int _reserveMax;
    private bool _isWriterIdle;

    // True from the first record that the writer slept before until a commit succeeds.
    private bool _isProving = true;
    private bool _isClosed;

    public string Path => file.Path;

    public long LastSeq => Volatile.Read(ref _lastSeq);

    /// <summary>The largest definition that refused statements are cut to.</summary>
    public int DefinitionSizeMax => Capacity / 2;

    private int Capacity => file.SegmentSize - JournalFile.SegmentHeaderSize;

    /// <summary>Where the next record goes.</summary>
    public JournalPosition Head
    {
        get
        {
            lock (_gate)
                return new JournalPosition(_lap?.Number ?? 0, _offset);
        }
    }

    public ReadOnlySpan<byte> Segment(long lap) => file.Segment(SegmentOf(lap));

    /// <summary>Where the records of a lap end.</summary>
    public int EndOf(long lap)
    {
        lock (_gate)
            return lap == _lap?.Number ? _offset : _ends[SegmentOf(lap)];
    }

    /// <summary>Writes the beginning of an execution, and keeps room for its end. The caller wakes the writer when told so.</summary>
    /// <remarks><paramref name="isProving"/>: the writer slept, and since then no commit has shown that the database can be written.</remarks>
    public bool TryBegin(StatementContext context, Span<byte> image, out long seq, out bool wakes, out bool isProving)
    {
        var checksum = Entry.BodyChecksum(image);
        lock (_gate)
        {
            var reserveMax = Math.Max(_reserveMax, context.Reserve);
            var isPlaced = TryPlace(context, context.Full, image.Length, _reserved + context.Reserve, reserveMax, out wakes);
            isProving = _isProving;
            seq = 0;
            if (!isPlaced)
                return false;
            _reserveMax = reserveMax;
            _reserved += context.Reserve;
            DefineOnce(context);
            seq = Put(image, checksum, context.DefinedAs);
            return true;
        }
    }

    /// <summary>Writes the end of an execution. Never false for an image of at most <see cref="RecordImage.ShortSizeMax"/>.</summary>
    public bool TryEnd(StatementContext context, Span<byte> image, out bool wakes)
    {
        var checksum = Entry.BodyChecksum(image);
        lock (_gate)
        {
            if (!TryPlace(context, context.Short, image.Length, _reserved - context.Reserve, _reserveMax, out wakes))
                return false;
            _reserved -= context.Reserve;
            if (ReferenceEquals(context.Short, context.Full))
                DefineOnce(context);
            Put(image, checksum, ReferenceEquals(context.DefinedIn, _lap) ? context.DefinedAs : Define(context.Short));
            return true;
        }
    }

    /// <summary>Writes a record that stands by itself.</summary>
    public bool TryAppend(ContextImage context, Span<byte> image, out long seq, out bool wakes)
    {
        var checksum = Entry.BodyChecksum(image);
        lock (_gate)
        {
            seq = 0;
            if (!TryPlace(null, context, image.Length, _reserved, _reserveMax, out wakes))
                return false;
            seq = Put(image, checksum, Define(context));
            return true;
        }
    }

    /// <summary>True when a record of this size could be taken in if the journal were empty.</summary>
    public bool CouldHold(ContextImage context, int size) => context.Size + size <= Capacity - _reserveMax;

    /// <summary>The writer asks to be woken by the next record; false when one is there already.</summary>
    public bool TryIdle(JournalPosition seen)
    {
        lock (_gate)
        {
            _isWriterIdle = _lap is null || (_lap.Number == seen.Lap && _offset == seen.Offset);
            return _isWriterIdle;
        }
    }

    /// <summary>Everything before this position is in the database.</summary>
    public void Release(JournalPosition committed)
    {
        lock (_gate)
        {
            _oldestLap = Math.Max(_oldestLap, committed.Lap);
            _isProving = false;
        }
    }

    /// <summary>Takes nothing more in. The end of an execution that is still open is lost: close the sessions first.</summary>
    public void Close()
    {
        lock (_gate)
            _isClosed = true;
    }

    public void Dispose()
    {
        Close();
        file.Dispose();
    }

    private static int SegmentOf(long lap) => (int)((lap - 1) % JournalFile.SegmentCount);

    // Makes sure that definition and record fit the current lap, starting the next one if need be, and that what is reserved
    // still fits afterwards. An end is at most `reserveMax`, so a lap wastes less than that at its end.
    private bool TryPlace(StatementContext? cached, ContextImage definition, int recordSize, long reserved, int reserveMax, out bool wakes)
    {
        wakes = false;
        if (_isClosed)
            return false;
        var size = recordSize + (cached is not null && _lap is not null && ReferenceEquals(cached.DefinedIn, _lap) ? 0 : definition.Size);
        var room = _lap is null ? 0 : file.SegmentSize - _offset;
        var number = _lap?.Number ?? 0;
        var freeLaps = _oldestLap + JournalFile.SegmentCount - 1 - number;
        var isNext = size > room;
        if (isNext)
        {
            size = recordSize + definition.Size;
            room = Capacity;
            freeLaps--;
        }

        var left = Math.Max(0, room - size - reserveMax) + Math.Max(0, freeLaps) * Math.Max(0, Capacity - reserveMax);
        if (freeLaps < 0 || size > room || (left < reserved && reserved > 0))
            return false;
        if (isNext)
            StartLap(number + 1);
        wakes = _isWriterIdle || isNext;
        _isProving |= _isWriterIdle;
        _isWriterIdle = false;
        return true;
    }

    private void StartLap(long number)
    {
        if (_lap is not null)
            _ends[SegmentOf(_lap.Number)] = _offset;
        file.StartLap(SegmentOf(number), number, _lastSeq + 1);
        _lap = new Lap(number);
        _offset = JournalFile.SegmentHeaderSize;
    }

    private void DefineOnce(StatementContext context)
    {
        if (ReferenceEquals(context.DefinedIn, _lap))
            return;
        context.DefinedAs = Define(context.Full);
        context.DefinedIn = _lap;
    }

    private uint Define(ContextImage definition)
    {
        var number = _lap!.Definitions++;
        var place = file.Segment(SegmentOf(_lap.Number)).Slice(_offset, definition.Size);
        definition.Entry.Span.CopyTo(place);
        Entry.Seal(place, definition.Checksum, 0, number);
        _offset += definition.Size;
        return number;
    }

    private long Put(Span<byte> image, uint checksum, uint context)
    {
        var seq = _lastSeq + 1;
        var place = file.Segment(SegmentOf(_lap!.Number)).Slice(_offset, image.Length);
        Entry.Seal(image, checksum, seq, context);
        image.CopyTo(place);
        _offset += image.Length;
        Volatile.Write(ref _lastSeq, seq);
        return seq;
    }

    private sealed class Lap(long number)
    {
        public long Number { get; } = number;

        public uint Definitions { get; set; }
    }
}

/// <summary>A place in the journal. Lap 0: before the first.</summary>
internal readonly record struct JournalPosition(long Lap, int Offset);
