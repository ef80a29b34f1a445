using JitProxy.Server.Authenticate;

namespace JitProxy.Server.Forward;

/// <summary>The names of a database could not be read from its server.</summary>
internal sealed class CatalogueFaultException(UpstreamFault fault, Exception? cause = null) : InvalidOperationException(fault.Message, cause)
{
    /// <summary>Why.</summary>
    public UpstreamFault Fault { get; } = fault;
}
