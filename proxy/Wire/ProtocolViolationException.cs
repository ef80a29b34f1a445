using System.Diagnostics.CodeAnalysis;

namespace JitProxy.Wire;

/// <summary>A peer broke its protocol; the connection ends. Thrown only by <see cref="Throw"/>, with one reason and no peer data.</summary>
#pragma warning disable CA1032 // The usual constructors would allow an exception without a reason.
public sealed class ProtocolViolationException : Exception
#pragma warning restore CA1032
{
    private ProtocolViolationException(ProtocolViolation violation)
        : base($"protocol violation: {violation}") => Violation = violation;

    /// <summary>What was broken.</summary>
    public ProtocolViolation Violation { get; }

    /// <summary>Throws.</summary>
    [DoesNotReturn]
    public static void Throw(ProtocolViolation violation) => throw new ProtocolViolationException(violation);
}
