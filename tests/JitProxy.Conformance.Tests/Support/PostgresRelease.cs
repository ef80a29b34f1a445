namespace JitProxy.Conformance.Tests.Support;

/// <summary>Which PostgreSQL.</summary>
internal enum PostgresRelease
{
    /// <summary>The newest that the system has installed.</summary>
    System,

    /// <summary>PostgreSQL 18, which ./test.sh unpacks beside it.</summary>
    Eighteen,
}
