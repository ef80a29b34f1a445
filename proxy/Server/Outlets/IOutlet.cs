using JitProxy.Storage.Audit;

namespace JitProxy.Server.Outlets;

/// <summary>A receiver of records. One sending at a time.</summary>
internal interface IOutlet : IAsyncDisposable
{
    /// <summary>Sends records, in order. Null when the receiver has them, as far as its protocol can tell; otherwise why not, and all are sent again.</summary>
    Task<string?> SendAsync(IReadOnlyList<AuditRecord> records, CancellationToken stop);
}
