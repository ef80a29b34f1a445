using System.Collections.Frozen;
using System.Collections.Immutable;
using JitProxy.Server.Admin.OpenApi;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Admin;

/// <summary>The filter of a request for records.</summary>
internal static class AuditQuery
{
    // People say what was decided; the trail says what happened.
    private static readonly FrozenDictionary<string, AuditEvent> Decisions = Enum.GetValues<AuditEvent>()
        .Where(static value => value != AuditEvent.None)
        .Select(static value => KeyValuePair.Create(AuditNames.Of(value), value))
        .Concat(
        [
            KeyValuePair.Create("allow", AuditEvent.Authorized),
            KeyValuePair.Create("allowed", AuditEvent.Authorized),
            KeyValuePair.Create("deny", AuditEvent.Denied),
            KeyValuePair.Create("refused", AuditEvent.Denied),
        ])
        .ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, AuditOutcome> Outcomes = Enum.GetValues<AuditOutcome>()
        .Where(static value => value != AuditOutcome.None)
        .ToFrozenDictionary(static value => AuditNames.Of(value)!, StringComparer.Ordinal);

    /// <summary>The parameters that every request for records takes.</summary>
    public static ImmutableArray<ApiParameter> Parameters { get; } =
    [
        new("seq", ApiValue.Number, "The one record with this number."),
        new("after", ApiValue.Number, "Records with a greater number."),
        new("before", ApiValue.Number, "Records with a smaller number."),
        new("decision", ApiValue.Words, "Events; several with commas.", [.. Decisions.Keys.Order()]),
        new("outcome", ApiValue.Words, "Outcomes; several with commas.", [.. Outcomes.Keys.Order()]),
        new("user", ApiValue.Text, "Records of this person."),
        new("actor", ApiValue.Text, "Records of what this one did to somebody else."),
        new("client", ApiValue.Text, "Records of this client: an address, with or without its port."),
        new("server", ApiValue.Text, "Records of this server."),
        new("database", ApiValue.Text, "Records of this database, as server/database."),
        new("grant", ApiValue.Number, "Records of this grant."),
        new("execution", ApiValue.Number, "Records of the execution that this record began: its beginning, its end, and an export of its rows."),
        new("text", ApiValue.Text, "Records whose statement holds this, in upper or lower case."),
        new("digest", ApiValue.Text, "Records of the statement with this digest, in hexadecimal."),
        new("error", ApiValue.Text, "Records whose error holds this, in upper or lower case."),
        new("detail", ApiValue.Text, "Records whose detail holds this, in upper or lower case."),
        new("parameter", ApiValue.Text, "Records with a parameter that is shown as exactly this."),
        new("masked", ApiValue.Text, "Executions in whose result this column was masked."),
        new("is_masked", ApiValue.Flag, "Executions with, or without, masked columns."),
        new("rows_min", ApiValue.Number, "At least so many rows."),
        new("rows_max", ApiValue.Number, "At most so many rows."),
        new("bytes_min", ApiValue.Number, "At least so many bytes."),
        new("bytes_max", ApiValue.Number, "At most so many bytes."),
        new("duration_min", ApiValue.Number, "At least so many microseconds."),
        new("duration_max", ApiValue.Number, "At most so many microseconds."),
        new("since", ApiValue.Time, "Records of this moment or later."),
        new("until", ApiValue.Time, "Records before this moment."),
        new("order", ApiValue.Text, "The order of records.", "newest", "oldest"),
    ];

    /// <summary>Reads the filter; what does not read is noted with the values.</summary>
    /// <param name="values">The request's query.</param>
    /// <param name="isNewestFirst">The order when the query does not say.</param>
    public static AuditFilter Read(QueryValues values, bool isNewestFirst) => new()
    {
        Seq = values.Number("seq"),
        AfterSeq = values.Number("after"),
        BeforeSeq = values.Number("before"),
        Events = values.Words("decision", "an event of the trail", Decisions),
        Outcomes = values.Words("outcome", "an outcome", Outcomes),
        User = values.Text("user"),
        Actor = values.Text("actor"),
        Client = values.Text("client"),
        Server = values.Text("server"),
        Database = values.Text("database"),
        Grant = values.Number("grant", "the number of a grant"),
        Execution = values.Number("execution"),
        Text = values.Text("text"),
        Digest = values.Text("digest"),
        Error = values.Text("error"),
        Detail = values.Text("detail"),
        Parameter = values.Text("parameter"),
        MaskedColumn = values.Text("masked"),
        IsMasked = values.Flag("is_masked"),
        Rows = new(values.Number("rows_min"), values.Number("rows_max")),
        Bytes = new(values.Number("bytes_min"), values.Number("bytes_max")),
        Duration = new(values.Number("duration_min"), values.Number("duration_max")),
        Since = values.Time("since"),
        Until = values.Time("until"),
        Descending = values.Words("order", "an order", OrderWords.Newest) is [var isNewest, ..] ? isNewest : isNewestFirst,
    };
}
