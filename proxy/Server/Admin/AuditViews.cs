using JitProxy.Server.Admin.Contract;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Admin;

/// <summary>Audit records as the API shows them.</summary>
internal static class AuditViews
{
    /// <summary>The fields of the contract.</summary>
    public static AuditView Of(AuditRecord record) => new()
    {
        Seq = record.Seq,
        At = record.At,
        Event = AuditNames.Of(record.Event),
        User = record.User,
        Client = record.Client,
        Server = record.Server,
        Database = record.Database,
        Grant = record.Grant,
        Statement = record.Statement,
        Digest = record.Digest,
        Parameters = record.Parameters.IsDefault ? null : record.Parameters,
        Rows = record.Rows,
        Bytes = record.Bytes,
        Masked = record.Masked.IsDefault ? null : record.Masked,
        Outcome = AuditNames.Of(record.Outcome),
        Error = record.Error,
        DurationUs = record.DurationMicroseconds,
        Hash = record.Hash,
        Execution = record.Execution,
        Actor = record.Actor,
        Detail = record.Detail,
    };
}
