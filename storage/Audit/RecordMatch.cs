// Task: tell records that a filter wants from others without making texts of them: by bucket, by definition, by record.
using System.Text;

namespace JitProxy.Storage.Audit;

/// <summary>A filter in the form in which bytes are compared.</summary>
internal sealed class RecordMatch
{
    private readonly AuditFilter _filter;
    private readonly byte[]? _user;
    private readonly byte[]? _actor;
    private readonly byte[]? _client;
    private readonly byte[]? _server;
    private readonly byte[]? _database;
    private readonly byte[]? _digest;
    private readonly byte[]? _masked;
    private readonly byte[]? _text;
    private readonly byte[]? _error;
    private readonly byte[]? _detail;
    private readonly byte[]? _execution;
    private readonly bool _hasNumbers;

    public RecordMatch(AuditFilter filter)
    {
        _filter = filter;
        (_user, _actor, _client, _server, _database) =
            (Bytes(filter.User), Bytes(filter.Actor), Bytes(filter.Client), Bytes(filter.Server), Bytes(filter.Database));
        (_masked, _text, _error, _detail) = (Bytes(filter.MaskedColumn), Folded(filter.Text), Folded(filter.Error), Folded(filter.Detail));
        _execution = filter.Execution is { } execution ? BucketSummary.TermOf(execution) : null;
        _digest = filter.Digest is null ? null : TryHex(filter.Digest, out var digest) ? digest : [];
        Since = filter.Since is { } since ? Microseconds(since) : long.MinValue;
        Until = filter.Until is { } until ? Microseconds(until) : long.MaxValue;
        Events = filter.Events.IsDefaultOrEmpty ? ulong.MaxValue : filter.Events.Aggregate(0UL, static (bits, value) => bits | (1UL << (int)value));
        Outcomes = filter.Outcomes.IsDefaultOrEmpty ? uint.MaxValue : filter.Outcomes.Aggregate(0U, static (bits, value) => bits | (1U << (int)value));
        _hasNumbers = !filter.Rows.IsOpen || !filter.Bytes.IsOpen || !filter.Duration.IsOpen;
    }

    /// <summary>The earliest time wanted, and the first that is not, in microseconds since 1970.</summary>
    public long Since { get; }

    public long Until { get; }

    public ulong Events { get; }

    public uint Outcomes { get; }

    /// <summary>Whether signatures can tell anything.</summary>
    public bool UsesSignature =>
        (_text ?? _error ?? _actor ?? _client ?? _server ?? _digest ?? _masked ?? _execution) is not null;

    /// <summary>False when no record of the bucket is wanted, as far as its signature tells.</summary>
    public bool MayTake(long bucket, Signature signature, bool isStatementElsewhere) =>
        May(signature, SignatureField.Actor, _actor) && May(signature, SignatureField.Client, _client) && May(signature, SignatureField.Server, _server)
        && May(signature, SignatureField.Digest, _digest) && May(signature, SignatureField.Masked, _masked)
        && (_filter.Execution is not { } execution || bucket == IndexKey.BucketOf(execution) || May(signature, SignatureField.Execution, _execution))
        && (_error is null || signature.MayHoldText(SignatureField.Error, _error))
        && (_text is null || isStatementElsewhere || signature.MayHoldText(SignatureField.Statement, _text));

    /// <summary>Whether a record's own fields are wanted.</summary>
    public bool Takes(EntryView entry, in RecordSpans record) =>
        (Events >> (int)entry.Event & 1) != 0
        && (Outcomes >> (int)entry.Outcome & 1) != 0
        && (_filter.Execution is not { } execution || record.Execution == execution || (entry.Seq == execution && Begins(entry.Event)))
        && record.At >= Since
        && record.At < Until
        && (!_hasNumbers || (_filter.Rows.Holds(record.Rows) && _filter.Bytes.Holds(record.Bytes) && _filter.Duration.Holds(record.Duration)))
        && (_filter.IsMasked is not { } isMasked || (record.MaskedCount >= 0 && record.MaskedCount > 0 == isMasked))
        && (_masked is null || Names(record, _masked))
        && (_error is null || Holds(record.Error, _error))
        && (_detail is null || Holds(record.Detail, _detail))
        && (_filter.Parameter is not { } parameter || (Parameters.TryDecode(record.Parameters, out var values) && values.Contains(parameter)));

    /// <summary>Whether what the definition says is wanted, but for the statement's text.</summary>
    public bool Takes(in ContextSpans context) =>
        Is(_user, context.User) && Is(_actor, context.Actor) && Is(_server, context.Server) && Is(_database, context.Database) && Is(_digest, context.Digest)
        && (_client is null || Is(_client, context.Client) || IsHost(_client, context.Client))
        && (_filter.Grant is not { } grant || (context.Fields.HasFlag(ContextFields.Grant) && context.Grant == grant))
        && (_filter.Scope is not { } scope || Sees(scope, context));

    /// <summary>Whether a statement's text is asked for.</summary>
    public bool AsksText => _text is not null;

    /// <summary>Whether the statement holds the text.</summary>
    public bool TakesText(ReadOnlySpan<byte> statement) => _text is null || Holds(statement, _text);

    /// <summary>Whether records without any definition are wanted.</summary>
    public bool TakesNoContext() => Takes(default(ContextSpans)) && !AsksText;

    private static bool Begins(AuditEvent what) => what is AuditEvent.Authorized or AuditEvent.Housekeeping;

    private static bool May(Signature signature, SignatureField field, byte[]? value) => value is null || signature.MayHoldTerm(field, value);

    private static bool Sees(AuditScope scope, in ContextSpans context) =>
        (context.Fields.HasFlag(ContextFields.User) && Encoding.UTF8.GetString(context.User) == scope.User)
        || (context.Fields.HasFlag(ContextFields.Database) && scope.Covers(Encoding.UTF8.GetString(context.Database)));

    private static bool Is(byte[]? wanted, ReadOnlySpan<byte> value) => wanted is null || value.SequenceEqual(wanted);

    private static bool IsHost(byte[] wanted, ReadOnlySpan<byte> client) =>
        client.Length > wanted.Length && client.StartsWith(wanted) && client.LastIndexOf((byte)':') == wanted.Length;

    private static bool Names(in RecordSpans record, byte[] wanted)
    {
        foreach (var name in record.MaskedNames)
        {
            if (name.SequenceEqual(wanted))
                return true;
        }

        return false;
    }

    private static bool Holds(ReadOnlySpan<byte> text, byte[] folded)
    {
        if (folded.Length == 0)
            return true;
        var (lower, upper) = (folded[0], folded[0] is >= (byte)'a' and <= (byte)'z' ? (byte)(folded[0] ^ 0x20) : folded[0]);
        for (var rest = text; rest.Length >= folded.Length;)
        {
            var at = rest[..(rest.Length - folded.Length + 1)].IndexOfAny(lower, upper);
            if (at < 0)
                return false;
            if (IsFolded(rest.Slice(at, folded.Length), folded))
                return true;
            rest = rest[(at + 1)..];
        }

        return false;
    }

    private static bool IsFolded(ReadOnlySpan<byte> text, byte[] folded)
    {
        for (var index = 0; index < folded.Length; index++)
        {
            if (Signature.Fold(text[index]) != folded[index])
                return false;
        }

        return true;
    }

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);

    private static byte[]? Folded(string? text) => string.IsNullOrEmpty(text) ? null : [.. Encoding.UTF8.GetBytes(text).Select(Signature.Fold)];

    private static bool TryHex(string text, out byte[] value)
    {
        value = text.Length % 2 == 0 ? new byte[text.Length / 2] : [];
        return text.Length > 0 && text.Length % 2 == 0
            && Convert.FromHexString(text, value, out _, out _) == System.Buffers.OperationStatus.Done;
    }

    private static long Microseconds(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
}
