using System.Globalization;

namespace JitProxy.Policy.Tests.Sql.Support;

/// <summary>How much the tests with random input do: as much as fits into every run, or, with <c>./test.sh --long</c>, as much as somebody waits for.</summary>
internal static class TestScale
{
    /// <summary>The variable that test.sh sets; a factor.</summary>
    private const string Variable = "JITPROXY_TEST_SCALE";

    private static int Factor { get; } =
        int.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.None, CultureInfo.InvariantCulture, out var factor) && factor > 0 ? factor : 1;

    /// <summary>So many of something, of which a usual run has <paramref name="usual"/>.</summary>
    public static int Of(int usual) => usual * Factor;
}
